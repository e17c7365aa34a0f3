/// When to try again.
struct RetrySchedule: Sendable {
    static let longestDelay = Duration.seconds(30)
    static let longestRetryAfter = Duration.seconds(60)
    /// How long a call waits for its turn under a limit of requests, all waits together.
    static let longestWaitForTurn = Duration.seconds(120)

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

    /// How long to wait where the server says when the call's turn is (429 with `Retry-After`); `nil` where it does not.
    ///
    /// That is no failure: nothing was done, so that every call may be sent again, and it does not count as a retry. Calls
    /// of many tasks that meet the same limit take turns.
    /// - Parameter waited: how long the call has waited for its turn already.
    func turn(after error: DragomanClientError, waited: Duration) -> Duration? {
        guard maxRetries > 0, error.status == 429, let wait = error.retryAfter, wait <= Self.longestRetryAfter,
            waited + wait <= Self.longestWaitForTurn
        else { return nil }
        // A server that says '0' must not be asked in a circle.
        return max(wait, .seconds(1))
    }
}
