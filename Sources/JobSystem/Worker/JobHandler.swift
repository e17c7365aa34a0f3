/// Does the work of one or more kinds of job.
///
/// A job may be handled more than once: a worker can die after the work and before its result is recorded. Handlers are
/// therefore idempotent; only the first recorded result counts.
package protocol JobHandler: Sendable {
    /// Works until done and returns the result's JSON.
    ///
    /// Reports progress through `reporter`. Returns or throws soon after the task is cancelled: the job was withdrawn, its
    /// lease lost, it did not get on, or the worker shuts down. A handler that does not is left behind.
    /// - Throws: `JobFailure`; any other error counts as an internal, retryable failure.
    func handle(_ job: ClaimedJob, reporting reporter: JobReporter) async throws -> String

    /// How long an attempt at the job may go without reporting progress; every report begins that time anew. Generous:
    /// it is to find what hangs, on the slowest machine, not to bound what is slow.
    func longestSilence(of job: Job) -> Duration
}

extension JobHandler {
    /// Ten minutes, and a hundredth of a second for each word: what is done before the first report grows with the text.
    package func longestSilence(of job: Job) -> Duration { AttemptPatience().longestSilence(of: job) }
}

/// How long an attempt may go without progress, by the size of its job.
package struct AttemptPatience: Hashable, Sendable {
    /// For any job.
    package var base = Duration.seconds(600)
    /// For each of its words.
    package var perWord = Duration.milliseconds(10)

    package init(base: Duration = .seconds(600)) { self.base = base }

    package func longestSilence(of job: Job) -> Duration { base + perWord * job.words }
}
