internal import Foundation

/// Items waiting for a worker, in order of priority, each behind its equals. Workers block on it; everyone else only
/// passes through.
final class WorkQueue: @unchecked Sendable {
    // Unchecked: everything below is guarded by the condition's lock.
    private let condition = NSCondition()
    private var waiting: [Int: ArraySlice<WorkItem>] = [:]
    /// The keys of what waits, ascending, so that the highest is taken from the end.
    private var priorities: [Int] = []
    private var count = 0
    private var idleWorkers = 0
    private var isStopped = false

    /// Appends items, each behind its equals. Once the queue is stopped, they fail.
    func put(_ items: [WorkItem]) {
        let isTooLate = condition.withLock {
            guard !isStopped else { return true }
            for item in items { append(item) }
            // More than one worker for one item would wake up for nothing.
            if items.count == 1 { condition.signal() } else { condition.broadcast() }
            return false
        }
        if isTooLate { for item in items { item.completion(.failure(.stopped)) } }
    }

    /// Takes items for a worker.
    /// - Parameters:
    ///   - room: what is free in the worker's batch.
    ///   - mayWait: whether to block until there is something; the worker then gets at least one item.
    /// - Returns: the items; none, where there are none that fit; nil once the queue is stopped.
    func take(_ room: BatchRoom, mayWait: Bool) -> [WorkItem]? {
        condition.lock()
        defer { condition.unlock() }
        idleWorkers += mayWait ? 1 : 0
        while mayWait, count == 0, !isStopped { condition.wait() }
        idleWorkers -= mayWait ? 1 : 0
        guard !isStopped else { return nil }
        // Leave their share to the workers that have nothing to do.
        let share = (count + idleWorkers) / (idleWorkers + 1)
        return takeLocked(share, room, atLeastOne: mayWait)
    }

    private func takeLocked(_ share: Int, _ room: BatchRoom, atLeastOne: Bool) -> [WorkItem] {
        var room = room
        var taken: [WorkItem] = []
        while taken.count < share, let item = first {
            guard room.fits(item) || (atLeastOne && taken.isEmpty) else { break }
            removeFirst()
            room.take(item)
            taken.append(item)
        }
        return taken
    }

    private var first: WorkItem? { priorities.last.flatMap { waiting[$0]?.first } }

    private func append(_ item: WorkItem) {
        if waiting[item.priority] == nil { insert(item.priority) }
        waiting[item.priority, default: []].append(item)
        count += 1
    }

    private func insert(_ priority: Int) {
        var (low, high) = (0, priorities.count)
        while low < high {
            let middle = (low + high) / 2
            if priorities[middle] < priority { low = middle + 1 } else { high = middle }
        }
        priorities.insert(priority, at: low)
    }

    private func removeFirst() {
        guard let priority = priorities.last else { return }
        waiting[priority]?.removeFirst()
        count -= 1
        guard waiting[priority]?.isEmpty == true else { return }
        waiting[priority] = nil
        priorities.removeLast()
    }

    /// Wakes every worker for the last time and fails what still waits.
    func stop() {
        condition.lock()
        isStopped = true
        let left = waiting.values.flatMap { $0 }
        (waiting, priorities, count) = ([:], [], 0)
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
