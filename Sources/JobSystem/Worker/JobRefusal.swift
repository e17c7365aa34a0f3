package import Environment

/// What a handler throws about a job that it cannot do and another worker may. The job is given back for others, waits for
/// a while, and that counts as no failure, however often it happens.
package struct JobRefusal: Error, Sendable {
    private static let shortestDelay = Duration.seconds(1)
    private static let doublings = 6

    /// Why; how the attempt fails where there is no other worker.
    package var failure: JobFailure

    package init(_ failure: JobFailure) { self.failure = failure }

    /// How long the job waits for another worker: longer with each attempt, a minute at most, and less by up to a half, so
    /// that jobs refused together do not come back together.
    static func delay(attempt: Int, random: UInt64) -> Duration {
        let longest = shortestDelay * (1 << min(max(attempt - 1, 0), doublings))
        return longest - longest * (Double(random >> 11) / Double(UInt64(1) << 53)) / 2
    }
}
