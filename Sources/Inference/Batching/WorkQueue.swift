internal import Foundation

/// Items waiting for a worker. Workers block on it; everyone else only passes through.
///
/// There are two lanes, each in order of priority. Room in a batch goes to the lane whose first item has the higher
/// priority; room kept for urgent items, to the urgent lane alone.
final class WorkQueue: @unchecked Sendable {
    /// Items in order of priority, each behind its equals.
    private struct Lane {
        private var waiting: [Int: ArraySlice<WorkItem>] = [:]
        /// The keys, ascending, so that the highest is taken from the end.
        private var priorities: [Int] = []
        private(set) var count = 0

        var first: WorkItem? { priorities.last.flatMap { waiting[$0]?.first } }

        mutating func append(_ item: WorkItem) {
            if waiting[item.priority] == nil { insert(item.priority) }
            waiting[item.priority, default: []].append(item)
            count += 1
        }

        mutating func removeFirst() {
            guard let priority = priorities.last else { return }
            waiting[priority]?.removeFirst()
            count -= 1
            guard waiting[priority]?.isEmpty == true else { return }
            waiting[priority] = nil
            priorities.removeLast()
        }

        mutating func removeAll() -> [WorkItem] {
            defer { self = Lane() }
            return waiting.values.flatMap { $0 }
        }

        private mutating func insert(_ priority: Int) {
            var (low, high) = (0, priorities.count)
            while low < high {
                let middle = (low + high) / 2
                if priorities[middle] < priority { low = middle + 1 } else { high = middle }
            }
            priorities.insert(priority, at: low)
        }
    }

    // Unchecked: everything below is guarded by the condition's lock.
    private let condition = NSCondition()
    private var ordinary = Lane()
    private var urgent = Lane()
    private var idleWorkers = 0
    private var isStopped = false

    private var count: Int { ordinary.count + urgent.count }

    /// Appends items, each behind its equals; false once the queue is stopped.
    func put(_ items: [WorkItem]) -> Bool {
        condition.lock()
        defer { condition.unlock() }
        guard !isStopped else { return false }
        for item in items {
            if item.isUrgent { urgent.append(item) } else { ordinary.append(item) }
        }
        condition.broadcast()
        return true
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
        while taken.count < share, let item = next(room, isForced: atLeastOne && taken.isEmpty) {
            if item.isUrgent { urgent.removeFirst() } else { ordinary.removeFirst() }
            room.take(item)
            taken.append(item)
        }
        return taken
    }

    /// The item whose turn it is, if it fits.
    private func next(_ room: BatchRoom, isForced: Bool) -> WorkItem? {
        guard let pressing = urgent.first else {
            return ordinary.first.flatMap { isForced || room.fits($0) ? $0 : nil }
        }
        if let other = ordinary.first, other.priority > pressing.priority, isForced || room.fits(other) {
            return other
        }
        return isForced || room.fits(pressing) ? pressing : nil
    }

    /// Wakes every worker for the last time and fails what still waits.
    func stop() {
        condition.lock()
        isStopped = true
        let left = urgent.removeAll() + ordinary.removeAll()
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
