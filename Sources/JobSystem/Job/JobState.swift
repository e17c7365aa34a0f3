/// Where a job is in its life.
package enum JobState: String, CaseIterable, Sendable, Codable {
    /// Waits to be claimed; after a failed attempt, for the end of its delay. Can become `processing` or `cancelled`.
    case queued
    /// A worker holds its lease. Can become any other state.
    case processing
    /// Its result is recorded. Final.
    case completed
    /// Given up. Can become `queued` when somebody asks for it to be tried again.
    case failed
    /// Withdrawn. Final.
    case cancelled

    /// The job has come to an end; of these only `failed` can be left again.
    package var hasEnded: Bool { self == .completed || self == .failed || self == .cancelled }
}
