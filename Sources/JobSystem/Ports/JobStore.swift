package import Environment

/// The record of every job, and the only truth about it.
///
/// Promises of every implementation:
/// - A method that returns has made its change durable; one that throws has changed nothing.
/// - Every method is atomic, and may be called from any task, thread or process that shares the store.
/// - Time is passed in; a store never looks at a clock.
/// - Writes by the holder of a lease are **fenced**: they take effect only while the job is `processing` in the attempt
///   that the `Claim` names, and otherwise change nothing and say `.lost`. A worker that outlived its lease can therefore
///   change nothing, and a job has at most one result.
/// - States follow `JobStateMachine`.
/// - Errors are `JobError`s: `.storageFull` and `.unavailable` beside those named below. Cancelling the task does not undo
///   or cut short a write that has begun.
///
/// `JobStoreContract` in the tests is this text as code.
package protocol JobStore: Sendable {
    // MARK: Submitting and reading

    /// Records a job with its input. With an idempotency key, at most one job per owner and key is recorded within
    /// `JobSubmission.keyLifetime`; a repeated submission returns the first one's job as it is now.
    /// - Throws: `.keyReused` if the key stands for a request with another fingerprint.
    func submit(_ submission: JobSubmission) async throws -> SubmissionOutcome

    /// The job that a submission's idempotency key stands for already, or `nil`. Changes nothing.
    /// - Throws: `.keyReused` if the key stands for a request with another fingerprint.
    func earlierJob(_ submission: JobSubmission) async throws -> Job?

    /// The record, or `nil` for an unknown id.
    func job(_ id: JobID) async throws -> Job?

    /// What was submitted, or `nil` if the job is unknown or its texts were erased.
    func input(of id: JobID) async throws -> JobInput?

    /// The result's JSON, or `nil` unless the job is completed and its texts are kept.
    func result(of id: JobID) async throws -> String?

    /// A page of an owner's jobs, newest first. Jobs submitted while someone pages do not shift later pages.
    func jobs(_ query: JobListQuery) async throws -> JobPage

    // MARK: Working

    /// Gives waiting jobs to a worker, most urgent first (`Job.dueAt`, then id), at most `request.limit`. Each becomes
    /// `processing` in a new attempt with a lease, and goes to one worker only. Empty if none is waiting that fits.
    ///
    /// A job that is set aside comes alone, and only where `request.apart` says so.
    func claim(_ request: ClaimRequest) async throws -> [ClaimedJob]

    /// Whether a job waits that is set aside and that the request fits, whatever its `apart` says.
    func hasJobApart(_ request: ClaimRequest) async throws -> Bool

    /// Renews leases until `deadline` and returns the claims that are lost. Fenced, one by one.
    func extendLeases(_ claims: [Claim], until deadline: Timestamp, at time: Timestamp) async throws -> [Claim]

    /// Records progress. Fenced. To be called at most once a second for a job.
    func recordProgress(_ progress: JobProgress, of claim: Claim, at time: Timestamp) async throws -> FencedOutcome

    /// Ends an attempt: with a result, for good, until later, untouched, or with its worker. Fenced. The first settlement wins.
    func settle(_ claim: Claim, as ending: AttemptEnding, at time: Timestamp) async throws -> FencedOutcome

    /// Jobs whose lease ended before `time`, longest ago first.
    func expiredLeases(before time: Timestamp, limit: Int) async throws -> [Job]

    // MARK: Deciding

    /// Withdraws a job that waits or runs; the worker learns by its next fenced write or an event.
    /// - Returns: the job, or `nil` for an unknown id. Throws `.conflict` if it has ended.
    func cancel(_ id: JobID, at time: Timestamp) async throws -> Job?

    /// Has a failed job tried again: it waits as if submitted at `time`, with no failures, and is no dead letter any more.
    /// - Returns: the job, or `nil` for an unknown id. Throws `.conflict` unless it is `failed` and has its texts.
    func retry(_ id: JobID, at time: Timestamp) async throws -> Job?

    /// Erases an ended job with everything about it.
    /// - Returns: whether there was such a job. Throws `.conflict` if it has not ended.
    func erase(_ id: JobID) async throws -> Bool

    /// Erases all of an owner's jobs, running ones included, and returns their ids.
    func eraseAll(ofOwner owner: String) async throws -> [JobID]

    /// Erases jobs that ended longer ago than their retention (`JobSubmission.shortestRetention` at least), with
    /// everything about them, dead letters included; at most `limit`, longest ago first. Forgets as many expired
    /// idempotency keys. Both stay in the statistics.
    /// - Returns: how many of one or the other; as many as `limit`: there may be more.
    func eraseExpired(at time: Timestamp, limit: Int) async throws -> Int

    // MARK: Overview

    /// Jobs that failed although every failure was one that may pass, latest first.
    func deadLetters(limit: Int, cursor: JobCursor?) async throws -> JobPage

    /// What waits and what runs, by class.
    func queueStatus() async throws -> QueueStatus

    /// How many jobs wait and run, and how many have ended since the beginning, erased ones included, by state and class.
    func counts() async throws -> [JobCount]

    /// How many jobs wait, by owner. Owners without any are left out.
    func waitingByOwner() async throws -> [String: Int]

    /// Where a waiting job stands, or `nil` if it does not wait. Counts at most `QueuePosition.horizon` jobs.
    func position(of id: JobID) async throws -> QueuePosition?

    /// Adds what has ended to the sums that `counts` and `statistics` are made of; at most `limit` ends. Both take in what
    /// is not part of them yet, but are the slower the more of it there is.
    /// - Returns: how many.
    func foldEndings(limit: Int) async throws -> Int

    /// Jobs by day of submission, languages and state; the latest day first, at most 10,000 rows. Jobs that were erased
    /// after their end stay counted; with their owner's erasure they become nobody's, and are everybody's only.
    func statistics(_ query: StatisticsQuery) async throws -> [JobStatistics]
}
