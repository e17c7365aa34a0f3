/// What waits for one model, in order of priority, each behind its equals.
struct WaitingItems {
    private var waiting: [Int: ArraySlice<WorkItem>] = [:]
    /// The keys of what waits, ascending, so that the highest is taken from the end.
    private var priorities: [Int] = []

    var first: WorkItem? { priorities.last.flatMap { waiting[$0]?.first } }

    /// Everything, in no particular order.
    var all: [WorkItem] { waiting.values.flatMap { $0 } }

    mutating func append(_ item: WorkItem) {
        if waiting[item.priority] == nil { insert(item.priority) }
        waiting[item.priority, default: []].append(item)
    }

    private mutating func insert(_ priority: Int) {
        var (low, high) = (0, priorities.count)
        while low < high {
            let middle = (low + high) / 2
            if priorities[middle] < priority { low = middle + 1 } else { high = middle }
        }
        priorities.insert(priority, at: low)
    }

    mutating func removeFirst() {
        guard let priority = priorities.last else { return }
        waiting[priority]?.removeFirst()
        guard waiting[priority]?.isEmpty == true else { return }
        waiting[priority] = nil
        priorities.removeLast()
    }
}
