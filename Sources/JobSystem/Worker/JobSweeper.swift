package import Environment

/// Looks after what nobody is working on: takes back leases that ran out, and erases what has been kept long enough.
///
/// Any number may run at once, on any number of machines; what they do is fenced.
package struct JobSweeper: Sendable {
    private static let batch = 200

    private let store: any JobStore
    private let queue: any JobQueue
    private let events: any EventBus
    private let environment: ServiceEnvironment
    private let retry: RetryPolicy
    private let interval: Duration
    private let report: @Sendable (JobIncident) -> Void

    package init(
        store: any JobStore,
        queue: any JobQueue,
        events: any EventBus,
        environment: ServiceEnvironment,
        retry: RetryPolicy = RetryPolicy(),
        interval: Duration = .seconds(5),
        report: @escaping @Sendable (JobIncident) -> Void = { _ in }
    ) {
        self.store = store
        self.queue = queue
        self.events = events
        self.environment = environment
        self.retry = retry
        self.interval = interval
        self.report = report
    }

    /// Sweeps at once and then at every interval, until the task is cancelled. A store that fails is tried again.
    package func run() async {
        while !Task.isCancelled {
            do {
                while try await returnExpiredLeases() == Self.batch {}
                while try await store.eraseExpired(at: environment.now(), limit: Self.batch) == Self.batch {}
            } catch {
                report(.storeFailed(error))
            }
            try? await environment.sleep(interval)
        }
    }

    /// Takes back leases that ran out: each counts as a failure, after which the job waits again or is given up.
    /// - Returns: how many were found, at most 200.
    @discardableResult
    package func returnExpiredLeases() async throws -> Int {
        let now = environment.now()
        let expired = try await store.expiredLeases(before: now, limit: Self.batch)
        var waiting: [Job] = []
        for job in expired {
            let claim = Claim(jobID: job.id, attempt: job.attempt)
            let ending = retry.ending(of: .leaseLost, earlierFailures: job.failures, environment: environment)
            let outcome = try await store.settle(claim, as: .expired(before: now, ending), at: now)
            guard case .applied(let settled) = outcome else { continue }
            report(.leaseExpired(settled))
            await events.publish(JobEvent(job: JobSnapshot(settled)))
            if settled.state == .queued { waiting.append(settled) }
        }
        await queue.announce(waiting)
        return expired.count
    }
}
