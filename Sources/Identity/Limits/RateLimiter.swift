package import Environment

/// What became of a request at the limiter; enough for the `RateLimit-*` headers.
package struct RateDecision: Hashable, Sendable {
    /// Requests a minute.
    package var limit: Int
    /// How many more would be let through now.
    package var remaining: Int
    /// Until `remaining` is `limit` again.
    package var resetAfter: Duration
    /// Until the next request is let through; `nil`: this one was.
    package var retryAfter: Duration?

    package init(limit: Int, remaining: Int, resetAfter: Duration, retryAfter: Duration?) {
        self.limit = limit
        self.remaining = remaining
        self.resetAfter = resetAfter
        self.retryAfter = retryAfter
    }

    package var isAdmitted: Bool { retryAfter == nil }
}

/// Lets so many requests a minute through, per key.
///
/// Promises of every implementation:
/// - Each key has a bucket of `limit` tokens that fills evenly within a minute; a request takes one, or is refused and
///   takes none. At most `limit` pass at once, and at most `2 · limit` within any minute.
/// - Requests at the same time are counted one by one, whoever makes them.
/// - It never fails: an implementation that cannot reach what it shares decides by itself.
/// - Memory is bounded; a key that was not seen for a while starts with a full bucket.
///
/// `RateLimiterContract` in the tests is this text as code.
package protocol RateLimiter: Sendable {
    /// - Parameter limit: tokens a minute; less than 1 counts as 1.
    func take(_ key: String, limit: Int, at time: Timestamp) async -> RateDecision
}
