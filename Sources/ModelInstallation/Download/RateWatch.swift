internal import Environment

/// Notices a server that keeps a connection open and sends next to nothing.
struct RateWatch {
    /// Fewer bytes than these in a span count as nothing.
    let least: Int
    let span: Duration
    private var start: Timestamp
    private var bytes = 0

    init(least: Int, span: Duration, now: Timestamp) {
        self.least = least
        self.span = span
        start = now
    }

    /// Takes note of bytes that came; false once a whole span brought too few.
    mutating func isAlive(adding count: Int, now: Timestamp) -> Bool {
        bytes += count
        guard now - start >= span else { return true }
        let isEnough = bytes >= least
        (start, bytes) = (now, 0)
        return isEnough
    }
}
