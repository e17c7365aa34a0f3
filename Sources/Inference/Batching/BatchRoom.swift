/// What is free in a worker's batches.
struct BatchRoom {
    var rows: Int
    /// Source tokens.
    var tokens: Int
    /// The models that the worker has sentences of.
    var models: Set<ObjectIdentifier> = []
    /// Rows for a model that it has none of.
    var rowsForOthers: Int

    /// What there is for a model.
    func room(for model: ObjectIdentifier) -> BatchRoom {
        var room = self
        if !models.contains(model) { room.rows = rowsForOthers }
        return room
    }

    func fits(_ item: WorkItem) -> Bool { item.rows <= rows && item.source.count <= tokens }

    mutating func take(_ item: WorkItem) {
        rows -= item.rows
        tokens -= item.source.count
    }
}
