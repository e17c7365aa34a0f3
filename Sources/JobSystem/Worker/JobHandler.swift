/// Does the work of one or more kinds of job.
///
/// A job may be handled more than once: a worker can die after the work and before its result is recorded. Handlers are
/// therefore idempotent; only the first recorded result counts.
package protocol JobHandler: Sendable {
    /// Works until done and returns the result's JSON.
    ///
    /// Reports progress through `reporter`. Returns or throws soon after the task is cancelled: the job was withdrawn, its
    /// lease lost, or the worker shuts down.
    /// - Throws: `JobFailure`; any other error counts as an internal, retryable failure.
    func handle(_ job: ClaimedJob, reporting reporter: JobReporter) async throws -> String
}

/// Something an operator may want to know; whoever assembles the program turns it into logs and metrics.
package enum JobIncident: Sendable {
    /// An attempt ended. `error` is what a handler threw that is not a `JobFailure`.
    case settled(Job, handling: Duration, error: (any Error)?)
    /// An attempt's lease was lost to another worker, or its job was cancelled or erased.
    case revoked(Claim)
    /// A lease ran out and was taken back.
    case leaseExpired(Job)
    /// The store failed; what was to be done is tried again.
    case storeFailed(any Error)
}
