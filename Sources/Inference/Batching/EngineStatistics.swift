/// What threads have done since they started, for one model or for all.
public struct EngineStatistics: Sendable, Hashable {
    /// Decoding steps of all threads.
    public var steps = 0
    /// Rows (sentences × beams) in those steps together; each gives one token.
    public var rows = 0
    /// Rows that fit into a thread's batch.
    public var maximumRows = 0

    public init() {}
}
