package import Environment
internal import Synchronization

/// Refuses new work while too much is waiting, so that overload is an answer and not a hang.
///
/// The number of waiting jobs is read from the store at most once a second, by one caller while the others go by the last
/// number plus what was admitted since; it may thus be exceeded by what is submitted elsewhere within that second.
package final class AdmissionControl: Sendable {
    private struct Gauge {
        var waiting = 0
        var readAt: Timestamp?
        var isReading = false
    }

    private let maximumWaiting: Int
    private let store: any JobStore
    private let environment: ServiceEnvironment
    private let gauge = Mutex(Gauge())

    package init(maximumWaiting: Int = 10_000, store: any JobStore, environment: ServiceEnvironment) {
        self.maximumWaiting = maximumWaiting
        self.store = store
        self.environment = environment
    }

    /// Admits one job.
    /// - Throws: `JobError` `.overloaded` with a `retryAfter`, or the store's error.
    package func admit() async throws {
        try await refresh()
        let waiting = gauge.withLock { gauge in
            gauge.waiting += 1
            return gauge.waiting
        }
        guard waiting > maximumWaiting else { return }
        gauge.withLock { $0.waiting -= 1 }
        throw JobError(
            .overloaded,
            "'\(maximumWaiting)' jobs are waiting already, which is the most that is allowed. Try again later.",
            retryAfter: .seconds(5)
        )
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
            let waiting = try await store.queueStatus().waitingJobs
            gauge.withLock { $0 = Gauge(waiting: waiting, readAt: now) }
        } catch {
            gauge.withLock { $0.isReading = false }
            throw error
        }
    }
}
