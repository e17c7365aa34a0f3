/// What engines have done since they started.
public struct EngineStatistics: Sendable, Hashable {
    /// Decoding steps of all threads.
    public var steps = 0
    /// Rows (sentences × beams) in those steps together; each gives one token.
    public var rows = 0
    /// Rows that fit into a thread's batch.
    public var maximumRows = 0

    public init() {}

    /// Of two engines together.
    public static func + (a: EngineStatistics, b: EngineStatistics) -> EngineStatistics {
        var sum = a
        sum.steps += b.steps
        sum.rows += b.rows
        sum.maximumRows = max(a.maximumRows, b.maximumRows)
        return sum
    }
}
