/// When to try again.
struct RetrySchedule: Sendable {
    static let longestDelay = Duration.seconds(30)
    static let longestRetryAfter = Duration.seconds(60)

    let maxRetries: Int
    let firstDelay: Duration

    /// How long to wait before the next attempt; `nil` to give up.
    ///
    /// - Parameters:
    ///   - retries: how many there were already.
    ///   - retryAfter: what the server asked for. It is never undercut.
    ///   - random: decides how much of the second half of the delay is waited for, so that clients which failed
    ///     together do not come back together.
    func delay(retries: Int, retryAfter: Duration?, random: UInt64) -> Duration? {
        guard retries < maxRetries, (retryAfter ?? .zero) <= Self.longestRetryAfter else { return nil }
        var delay = min(firstDelay, Self.longestDelay)
        for _ in 0..<retries where delay < Self.longestDelay { delay = min(delay * 2, Self.longestDelay) }
        let jittered = delay / 2 + delay / 2 * (Double(random >> 11) / Double(1 << 53))
        return max(jittered, retryAfter ?? .zero)
    }
}
