internal import Environment
internal import Synchronization

/// A handler at work, in a task of its own: one that does not end though it was told to can be left behind.
final class HandlerTask: Sendable {
    private let outcome: Outcome
    private let task: Task<Void, Never>

    /// What the handler returned or threw, once it has.
    private final class Outcome: Sendable {
        let result = Mutex<Result<String, any Error>?>(nil)
        let came = Signal()
    }

    /// Starts the handler.
    init(_ handler: any JobHandler, _ job: ClaimedJob, reporting reporter: JobReporter) {
        let outcome = Outcome()
        self.outcome = outcome
        task = Task {
            let result: Result<String, any Error>
            do {
                result = .success(try await handler.handle(job, reporting: reporter))
            } catch {
                result = .failure(error)
            }
            outcome.result.withLock { $0 = result }
            outcome.came.raise()
        }
    }

    /// Tells the handler to stop.
    func cancel() { task.cancel() }

    /// Waits until the handler has ended; nil if the task that waits is cancelled before.
    func result() async -> Result<String, any Error>? {
        await outcome.came.wait(after: 0)
        return outcome.result.withLock { $0 }
    }

    /// As `result()`, but no longer than `limit`, and whether or not the task that waits is cancelled.
    func result(within limit: Duration, _ environment: ServiceEnvironment) async -> Result<String, any Error>? {
        await Task { [self] in
            await outcome.came.wait(after: 0, upTo: limit, environment: environment)
            return outcome.result.withLock { $0 }
        }.value
    }
}
