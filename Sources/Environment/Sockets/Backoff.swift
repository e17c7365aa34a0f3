/// How long to wait before trying again: twice as long after each failure in a row, up to a limit, less up to half of
/// it by chance, so that those who failed together do not come back together.
package struct Backoff: Sendable {
    private let shortest: Duration
    private let longest: Duration
    /// In a row.
    package private(set) var failures = 0

    package init(shortest: Duration, longest: Duration) {
        self.shortest = shortest
        self.longest = longest
    }

    /// Notes a failure.
    /// - Returns: how long to wait now.
    /// - Parameter random: 64 random bits.
    package mutating func next(random: UInt64) -> Duration {
        let span = min(longest, shortest * (1 << min(failures, 20)))
        failures = min(failures + 1, 1000)
        return span / 2 + span / 2 * (Double(random >> 11) / Double(UInt64(1) << 53))
    }

    /// Notes a success.
    package mutating func reset() { failures = 0 }
}
