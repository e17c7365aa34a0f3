/// What is free in a worker's batch.
struct BatchRoom {
    var rows: Int
    /// Source tokens.
    var tokens: Int

    func fits(_ item: WorkItem) -> Bool { item.rows <= rows && item.source.count <= tokens }

    mutating func take(_ item: WorkItem) {
        rows -= item.rows
        tokens -= item.source.count
    }
}
