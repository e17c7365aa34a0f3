/// Something an operator may want to know; whoever assembles the program turns it into logs and metrics.
package enum JobIncident: Sendable {
    /// An attempt ended. `error` is what a handler threw that is not a `JobFailure`.
    case settled(Job, handling: Duration, error: (any Error)?)
    /// An attempt was ended early and untouched, as the worker shuts down or cannot do the job. Nothing is wrong.
    case handedBack(Job, handling: Duration)
    /// An attempt's lease was lost to another worker, or its job was cancelled or erased.
    case revoked(Claim)
    /// A worker died, or has been silent for as long as if it had, and a job of its was taken back: to be tried again, or
    /// given up.
    case leaseExpired(Job)
    /// A handler was told to stop and has not. Its slot is free again; what it uses is not. `total`: how many there are.
    case abandoned(Claim, total: Int)
    /// One of these has ended after all.
    case abandonedEnded(Claim, total: Int)
    /// The store failed; what was to be done is tried again.
    case storeFailed(any Error)
}
