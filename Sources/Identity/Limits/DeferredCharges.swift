internal import Environment
internal import Synchronization

/// Adds up what accounts without a limit use, and what accounts get back, and records the sums a moment later.
///
/// No decision depends on these sums, so nobody waits for the store, and a hundred requests cost it one write. What the
/// store does not take is kept and tried again. A process that is killed loses what came within the last moment: usage is
/// then that much too low, or too high by what was to be given back. Thread-safe.
final class DeferredCharges: Sendable {
    /// Where a sum goes.
    private struct Account: Hashable, Sendable {
        var userID: String
        var month: String
    }

    /// What is to be added; below zero, what is to be taken off.
    private struct Sum: Equatable, Sendable {
        var characters = 0
        var requests = 0

        mutating func add(_ other: Sum) {
            characters = Self.clamped(characters, other.characters)
            requests = Self.clamped(requests, other.requests)
        }

        private static func clamped(_ first: Int, _ second: Int) -> Int {
            let (sum, overflow) = first.addingReportingOverflow(second)
            guard overflow else { return sum }
            return second < 0 ? -.max : .max
        }
    }

    private struct State {
        var sums: [Account: Sum] = [:]
        /// Whether somebody will record the sums without being asked to.
        var isScheduled = false
        /// The last recording that began.
        var recording: Task<Void, Never>?
    }

    /// Between a request and its being recorded.
    private static let pause = Duration.milliseconds(250)

    private let store: any UsageStore
    private let environment: ServiceEnvironment
    private let state = Mutex(State())

    init(_ store: any UsageStore, _ environment: ServiceEnvironment) {
        self.store = store
        self.environment = environment
    }

    func add(_ charge: Charge) {
        add(Sum(characters: charge.characters, requests: 1), to: Account(userID: charge.userID, month: charge.month))
    }

    /// Takes a charge off again, whether it was recorded already or is to be.
    func refund(_ charge: Charge) {
        add(Sum(characters: -charge.characters, requests: -1), to: Account(userID: charge.userID, month: charge.month))
    }

    /// Returns when all that was added before has been recorded, or the store has refused it.
    func settle() async {
        let task = state.withLock { state in
            let previous = state.recording
            let task = Task {
                await previous?.value
                await record()
            }
            state.recording = task
            return task
        }
        await task.value
    }

    private func add(_ sum: Sum, to account: Account) {
        let isScheduled = state.withLock { state in
            defer { state.isScheduled = true }
            state.sums[account, default: Sum()].add(sum)
            return state.isScheduled
        }
        guard !isScheduled else { return }
        Task {
            try? await environment.sleep(Self.pause)
            state.withLock { $0.isScheduled = false }
            await settle()
        }
    }

    private func record() async {
        let sums = state.withLock { state in
            defer { state.sums = [:] }
            return state.sums
        }
        for (account, sum) in sums where sum != Sum() {
            do {
                try await store.adjust(
                    account.userID,
                    month: account.month,
                    characters: sum.characters,
                    requests: sum.requests
                )
            } catch let error as IdentityError where error.code == .notFound {
                // Erased meanwhile, and so is what was used.
            } catch {
                add(sum, to: account)
            }
        }
    }
}
