package import Environment

/// What callers can do with jobs: the logic above the store, the same for HTTP, the command line and other features.
///
/// Where a method takes an `owner`, a job of anybody else is treated as one that does not exist; `nil` stands for an
/// administrator, who sees all. Errors are `JobError`s.
package struct JobService: Sendable {
    package let store: any JobStore
    package let queue: any JobQueue
    package let events: any EventBus
    package let environment: ServiceEnvironment
    package let admission: AdmissionControl
    package let limits: JobLimits
    package let meter: ThroughputMeter
    /// How often somebody who follows a job reads the store without being told to.
    package var rereadInterval = Duration.seconds(30)

    package init(
        store: any JobStore,
        queue: any JobQueue,
        events: any EventBus,
        environment: ServiceEnvironment,
        admission: AdmissionControl,
        limits: JobLimits = JobLimits(),
        meter: ThroughputMeter = ThroughputMeter()
    ) {
        self.store = store
        self.queue = queue
        self.events = events
        self.environment = environment
        self.admission = admission
        self.limits = limits
        self.meter = meter
    }

    /// Checks, admits, records and announces a request.
    /// - Throws: `.invalid`, `.tooLarge`, `.overloaded`, `.keyReused`, `.storageFull`, `.unavailable`.
    package func submit(_ request: JobRequest) async throws -> SubmissionOutcome {
        try request.validate(limits)
        try await admission.admit(request.owner)
        let now = environment.now()
        let id = JobID(at: now, random: environment.random)
        let outcome = try await store.submit(JobSubmission(id: id, request: request, at: now))
        if case .accepted(let job) = outcome {
            await queue.announce([job])
            await publish(job)
        }
        return outcome
    }

    /// The job that was submitted with the request's idempotency key before, if there is one.
    /// - Throws: `.keyReused`, `.unavailable`.
    package func earlierJob(_ request: JobRequest) async throws -> Job? {
        guard request.idempotencyKey != nil else { return nil }
        let now = environment.now()
        let id = JobID(at: now, random: environment.random)
        return try await store.earlierJob(JobSubmission(id: id, request: request, at: now))
    }

    /// The job as it is.
    /// - Throws: `.notFound`.
    package func job(_ id: JobID, owner: String?) async throws -> Job {
        guard let job = try await store.job(id), owner == nil || job.owner == owner else { throw JobError.unknown(id) }
        return job
    }

    /// Where a waiting job stands and when it should be done; `nil` unless it waits.
    package func estimate(_ job: Job) async throws -> (position: QueuePosition, completion: Timestamp)? {
        guard job.state == .queued, let position = try await store.position(of: job.id) else { return nil }
        let wait = meter.estimate(words: job.words, wordsAhead: position.wordsAhead)
        return (position, max(environment.now(), job.availableAt) + wait)
    }

    /// Withdraws a job.
    /// - Throws: `.notFound`; `.conflict` if it has ended.
    package func cancel(_ id: JobID, owner: String?) async throws -> Job {
        _ = try await job(id, owner: owner)
        guard let job = try await store.cancel(id, at: environment.now()) else { throw JobError.unknown(id) }
        await publish(job)
        return job
    }

    /// Has a failed job tried again.
    /// - Throws: `.notFound`; `.conflict` unless it failed and its texts are kept.
    package func retry(_ id: JobID, owner: String?) async throws -> Job {
        _ = try await job(id, owner: owner)
        guard let job = try await store.retry(id, at: environment.now()) else { throw JobError.unknown(id) }
        await queue.announce([job])
        await publish(job)
        return job
    }

    /// Erases an ended job with everything about it.
    /// - Throws: `.notFound`; `.conflict` if it has not ended.
    package func erase(_ id: JobID, owner: String?) async throws {
        _ = try await job(id, owner: owner)
        guard try await store.erase(id) else { throw JobError.unknown(id) }
    }

    /// Erases everything of an owner, running jobs included, and returns how many jobs that were.
    package func eraseAll(ofOwner owner: String) async throws -> Int {
        try await store.eraseAll(ofOwner: owner).count
    }

    func publish(_ job: Job) async {
        await events.publish(JobEvent(job: JobSnapshot(job)))
    }
}
