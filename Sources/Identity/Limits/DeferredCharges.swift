internal import Environment
internal import Synchronization

/// Adds up what accounts without a limit use, and records the sums a moment later.
///
/// No decision depends on these sums, so nobody waits for the store, and a hundred requests cost it one write. What the
/// store does not take is kept and tried again. A process that is killed loses what came within the last moment: usage is
/// then that much too low. Thread-safe.
final class DeferredCharges: Sendable {
    /// Where a sum goes.
    private struct Account: Hashable, Sendable {
        var userID: String
        var month: String
    }

    private struct Sum: Sendable {
        var characters = 0
        var requests = 0

        mutating func add(_ other: Sum) {
            characters = Self.clamped(characters.addingReportingOverflow(other.characters))
            requests = Self.clamped(requests.addingReportingOverflow(other.requests))
        }

        private static func clamped(_ sum: (partialValue: Int, overflow: Bool)) -> Int {
            sum.overflow ? .max : sum.partialValue
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

    /// - Parameter characters: at least 0.
    func add(_ userID: String, month: String, characters: Int) {
        add(Sum(characters: characters, requests: 1), to: Account(userID: userID, month: month))
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
        for (account, sum) in sums {
            do {
                // Without a limit there is room for everything.
                _ = try await store.charge(
                    account.userID,
                    month: account.month,
                    characters: sum.characters,
                    requests: sum.requests,
                    limit: nil
                )
            } catch let error as IdentityError where error.code == .notFound {
                // Erased meanwhile, and so is what was used.
            } catch {
                add(sum, to: account)
            }
        }
    }
}
