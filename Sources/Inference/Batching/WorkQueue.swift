internal import Foundation

/// Items waiting for a worker, the highest priority first. Workers block on it; everyone else only passes through.
final class WorkQueue: @unchecked Sendable {
    // Unchecked: everything below is guarded by the condition's lock.
    private let condition = NSCondition()
    private var waiting: [Int: ArraySlice<WorkItem>] = [:]
    private var priorities: [Int] = []
    private var count = 0
    private var idleWorkers = 0
    private var isStopped = false

    /// Appends items, each behind its equals; false once the queue is stopped.
    func put(_ items: [WorkItem]) -> Bool {
        condition.lock()
        defer { condition.unlock() }
        guard !isStopped else { return false }
        for item in items {
            if waiting[item.priority] == nil {
                priorities.append(item.priority)
                priorities.sort(by: >)
            }
            waiting[item.priority, default: []].append(item)
        }
        count += items.count
        condition.broadcast()
        return true
    }

    /// Takes items for a worker.
    /// - Parameters:
    ///   - rows: free rows of the worker's batch.
    ///   - mayWait: whether to block until there is something; the worker then gets at least one item.
    /// - Returns: the items; none, where there are none that fit; nil once the queue is stopped.
    func take(rows: Int, mayWait: Bool) -> [WorkItem]? {
        condition.lock()
        defer { condition.unlock() }
        idleWorkers += mayWait ? 1 : 0
        while mayWait, count == 0, !isStopped { condition.wait() }
        idleWorkers -= mayWait ? 1 : 0
        guard !isStopped else { return nil }
        // Leave their share to the workers that have nothing to do.
        let share = (count + idleWorkers) / (idleWorkers + 1)
        return takeLocked(share, rows: rows, atLeastOne: mayWait)
    }

    private func takeLocked(_ share: Int, rows: Int, atLeastOne: Bool) -> [WorkItem] {
        var rows = rows
        var taken: [WorkItem] = []
        while taken.count < share, let priority = priorities.first, let next = waiting[priority]?.first {
            let isForced = atLeastOne && taken.isEmpty
            guard isForced || next.rows <= rows else { break }
            rows -= next.rows
            waiting[priority]?.removeFirst()
            if waiting[priority]?.isEmpty == true {
                waiting[priority] = nil
                priorities.removeFirst()
            }
            taken.append(next)
        }
        count -= taken.count
        return taken
    }

    /// Wakes every worker for the last time and fails what still waits.
    func stop() {
        condition.lock()
        isStopped = true
        let left = waiting.values.flatMap { $0 }
        waiting = [:]
        priorities = []
        count = 0
        condition.broadcast()
        condition.unlock()
        for item in left { item.completion(.failure(.stopped)) }
    }
}

extension InferenceError {
    /// The engine ended before the request did.
    static var stopped: InferenceError {
        InferenceError(.cancelled, "The engine was shut down before the request ended.")
    }
    /// The caller withdrew the request.
    static var withdrawn: InferenceError { InferenceError(.cancelled, "The request was withdrawn.") }
}
