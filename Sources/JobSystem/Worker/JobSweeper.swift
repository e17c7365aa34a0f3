package import Environment

/// Looks after what nobody is working on: takes back leases that ran out, adds up what has ended, and erases what has been
/// kept long enough.
///
/// Any number may run at once, on any number of machines; what they do is fenced.
package struct JobSweeper: Sendable {
    private static let batch = 200
    /// Ends that are added to the sums at once, few, since submissions wait for it on SQLite; and how many rounds are
    /// between two looks at what there is to add.
    private static let (foldingBatch, foldingRounds) = (100, 3)
    /// The same for what has been kept long enough: nothing leaves within `JobSubmission.shortestRetention`.
    private static let (erasingBatch, erasingRounds) = (500, 6)
    /// Whoever wakes up so much too late did not sleep alone.
    private static let longSleep = Duration.seconds(10)

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
    ///
    /// After such a failure, or when the whole machine has slept, the workers may be alive and have been unable to renew
    /// their leases like this one to look at them: they are given time to do so.
    package func run() async {
        var lookAt = environment.now()
        var round = 0
        while !Task.isCancelled {
            do {
                if environment.now() >= lookAt { while try await returnExpiredLeases() == Self.batch {} }
                try await tidy(round)
                round += 1
            } catch {
                report(.storeFailed(error))
                lookAt = environment.now() + interval * 2
            }
            let before = environment.now()
            try? await environment.sleep(interval)
            let now = environment.now()
            if now - before > interval + Self.longSleep { lookAt = now + interval * 2 }
        }
    }

    /// Adds up what has ended and erases what has been kept long enough, where it is their turn.
    private func tidy(_ round: Int) async throws {
        if round.isMultiple(of: Self.foldingRounds) {
            while try await store.foldEndings(limit: Self.foldingBatch) >= Self.foldingBatch, !Task.isCancelled {}
        }
        guard round.isMultiple(of: Self.erasingRounds) else { return }
        while try await store.eraseExpired(at: environment.now(), limit: Self.erasingBatch) >= Self.erasingBatch,
            !Task.isCancelled
        {}
    }

    /// Takes back leases that ran out, with the workers that held them: each counts as a crash of its job, after which the
    /// job waits again, alone if need be, or is given up.
    /// - Returns: how many were found, at most 200.
    @discardableResult
    package func returnExpiredLeases() async throws -> Int {
        let now = environment.now()
        let expired = try await store.expiredLeases(before: now, limit: Self.batch)
        var waiting: [Job] = []
        for job in expired {
            let claim = Claim(jobID: job.id, attempt: job.attempt)
            let ending = retry.endingAfterCrash(of: job, before: now, environment: environment)
            let outcome = try await store.settle(claim, as: ending, at: now)
            guard case .applied(let settled) = outcome else { continue }
            report(.leaseExpired(settled))
            await events.publish(JobEvent(job: JobSnapshot(settled)))
            if settled.state == .queued { waiting.append(settled) }
        }
        await queue.announce(waiting)
        return expired.count
    }
}
