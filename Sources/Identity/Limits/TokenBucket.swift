package import Environment

/// A token bucket kept as one moment: when it will be full again (the generic cell rate algorithm, ITU-T I.371).
///
/// Each token takes `period / limit` to grow, so the tokens missing are the time until `full`, divided by that.
package struct TokenBucket: Hashable, Sendable {
    /// In which an empty bucket fills.
    package static let period = Duration.seconds(60)
    /// Tokens a minute that a bucket gives at most: more would take less than the clock can tell apart.
    package static let highestLimit = 10_000_000

    package private(set) var full: Timestamp

    /// A full one.
    package init(at time: Timestamp) { full = time }

    /// Takes a token if there is one.
    /// - Parameter limit: clamped to 1...10,000,000.
    package mutating func take(limit: Int, at time: Timestamp) -> RateDecision {
        let limit = min(max(limit, 1), Self.highestLimit)
        let period = Self.period.wholeMicroseconds
        let perToken = period / Int64(limit)
        // A clock that was set back must not lock anybody out for longer than an empty bucket does.
        let missing = min(max((full - time).wholeMicroseconds, 0), period)
        let isAdmitted = missing + perToken <= period
        let after = isAdmitted ? missing + perToken : missing
        full = time + .microseconds(after)
        return RateDecision(
            limit: limit,
            remaining: min(limit, Int(max(0, period - after) / perToken)),
            resetAfter: .microseconds(after),
            retryAfter: isAdmitted ? nil : .microseconds(missing + perToken - period)
        )
    }

    /// Whether it is as good as new.
    package func isFull(at time: Timestamp) -> Bool { full <= time }
}
