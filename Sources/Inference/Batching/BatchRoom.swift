/// What is free in a worker's batch.
struct BatchRoom {
    /// Rows for any item; less than none while urgent items use their own.
    var rows: Int
    /// Rows, those included that only urgent items may use.
    var urgentRows: Int
    /// Source tokens that ordinary items may bring.
    var tokens: Int

    func fits(_ item: WorkItem) -> Bool {
        item.isUrgent ? item.rows <= urgentRows : item.rows <= rows && item.source.count <= tokens
    }

    mutating func take(_ item: WorkItem) {
        rows -= item.rows
        urgentRows -= item.rows
        tokens -= item.source.count
    }
}
