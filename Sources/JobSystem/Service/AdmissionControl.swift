package import Environment
internal import Synchronization

/// Refuses new work while too much is waiting, so that overload is an answer and not a hang.
///
/// What one owner may have waiting depends on what is left for the others: four times that. Whoever floods the queue is
/// refused while a fifth of it is free, two that do so together while a ninth is; those with little waiting come in until
/// nothing is free at all.
///
/// The number of waiting jobs is read from the store at most once a second, by one caller while the others go by the last
/// number plus what was admitted since; it may thus be exceeded by what is submitted elsewhere within that second.
package final class AdmissionControl: Sendable {
    private struct Gauge {
        var waiting = 0
        var ofOwner: [String: Int] = [:]
        var readAt: Timestamp?
        var isReading = false
    }

    /// How many times what is left one owner may have.
    private static let share = 4

    private let maximumWaiting: Int
    private let store: any JobStore
    private let environment: ServiceEnvironment
    private let gauge = Mutex(Gauge())

    package init(maximumWaiting: Int = 10_000, store: any JobStore, environment: ServiceEnvironment) {
        self.maximumWaiting = maximumWaiting
        self.store = store
        self.environment = environment
    }

    /// Admits one job of an owner.
    /// - Throws: `JobError` `.overloaded` with a `retryAfter`, or the store's error.
    package func admit(_ owner: String) async throws {
        try await refresh()
        let left = gauge.withLock { gauge -> (all: Int, mine: Int) in
            let left = maximumWaiting - gauge.waiting
            let mine = max(0, left) * Self.share - gauge.ofOwner[owner, default: 0]
            guard left > 0, mine > 0 else { return (left, mine) }
            gauge.waiting += 1
            gauge.ofOwner[owner, default: 0] += 1
            return (left, mine)
        }
        guard left.all > 0 else {
            throw Self.refusal("'\(maximumWaiting)' jobs are waiting already, which is the most that is allowed.")
        }
        guard left.mine > 0 else {
            throw Self.refusal("So many of your jobs are waiting that what is left is for others.")
        }
    }

    private static func refusal(_ reason: String) -> JobError {
        JobError(.overloaded, "\(reason) Try again later.", retryAfter: .seconds(5))
    }

    private func refresh() async throws {
        let now = environment.now()
        let isDue = gauge.withLock { gauge in
            guard !gauge.isReading, gauge.readAt.map({ now - $0 >= .seconds(1) }) ?? true else { return false }
            gauge.isReading = true
            return true
        }
        guard isDue else { return }
        do {
            let waiting = try await store.waitingByOwner()
            let all = waiting.values.reduce(0, +)
            gauge.withLock { $0 = Gauge(waiting: all, ofOwner: waiting, readAt: now) }
        } catch {
            gauge.withLock { $0.isReading = false }
            throw error
        }
    }
}
