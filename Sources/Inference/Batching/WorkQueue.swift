internal import Foundation

/// Items waiting for a worker, in one order for all models: by priority, each behind its equals. Workers block on it;
/// everyone else only passes through.
final class WorkQueue: @unchecked Sendable {
    // Unchecked: everything below is guarded by the condition's lock.
    private let condition = NSCondition()
    /// Only models for which something waits.
    private var waiting: [ObjectIdentifier: WaitingItems] = [:]
    private var count = 0
    private var arrivals = 0
    private var idleWorkers = 0
    private var closings = 0
    private var isStopped = false

    /// Appends items, each behind its equals. Once the queue is stopped or their model closed, they fail.
    func put(_ items: [WorkItem]) {
        let late = condition.withLock {
            guard !isStopped else { return items }
            var late: [WorkItem] = []
            for item in items {
                if item.model.isClosed { late.append(item) } else { append(item) }
            }
            // More than one worker for one item would wake up for nothing.
            if items.count == 1 { condition.signal() } else { condition.broadcast() }
            return late
        }
        for item in late { item.completion(.failure(.stopped)) }
    }

    private func append(_ item: WorkItem) {
        var item = item
        item.arrival = arrivals
        arrivals += 1
        waiting[ObjectIdentifier(item.model), default: WaitingItems()].append(item)
        count += 1
    }

    /// Takes items for a worker, all for the same model: the first one there is, and what follows it for that model. A
    /// batch thus goes to few models at a time, and none of them waits longer than others for the first of its items.
    /// - Parameters:
    ///   - room: what is free in the worker's batches.
    ///   - mayWait: whether to block until there is something, or until a model is closed.
    ///   - seen: how many closings the worker knows of; brought up to date.
    /// - Returns: the items; none, where there are none that fit, or a model was closed; nil once the queue is stopped.
    func take(_ room: BatchRoom, mayWait: Bool, seen: inout Int) -> [WorkItem]? {
        condition.lock()
        defer { condition.unlock() }
        idleWorkers += mayWait ? 1 : 0
        while mayWait, count == 0, !isStopped, closings == seen { condition.wait() }
        idleWorkers -= mayWait ? 1 : 0
        guard !isStopped else { return nil }
        seen = closings
        // Leave their share to the workers that have nothing to do.
        let share = (count + idleWorkers) / (idleWorkers + 1)
        return takeLocked(share, room, atLeastOne: mayWait)
    }

    private func takeLocked(_ share: Int, _ room: BatchRoom, atLeastOne: Bool) -> [WorkItem] {
        guard let model = firstModel else { return [] }
        var room = room.room(for: model)
        var taken: [WorkItem] = []
        while taken.count < share, let item = waiting[model]?.first {
            guard room.fits(item) || (atLeastOne && taken.isEmpty) else { break }
            waiting[model]?.removeFirst()
            room.take(item)
            taken.append(item)
        }
        if waiting[model]?.first == nil { waiting[model] = nil }
        count -= taken.count
        return taken
    }

    /// The model whose first item comes before those of all others.
    private var firstModel: ObjectIdentifier? {
        var best: (model: ObjectIdentifier, item: WorkItem)?
        for (model, items) in waiting {
            guard let item = items.first else { continue }
            if let best, !item.comesBefore(best.item) { continue }
            best = (model, item)
        }
        return best?.model
    }

    /// Fails what waits for a model, and wakes every worker, so that they let go of it.
    func close(_ model: PooledModel) {
        let left = condition.withLock {
            let left = waiting.removeValue(forKey: ObjectIdentifier(model))?.all ?? []
            count -= left.count
            closings += 1
            condition.broadcast()
            return left
        }
        for item in left { item.completion(.failure(.stopped)) }
    }

    /// Wakes every worker for the last time and fails what still waits.
    func stop() {
        let left = condition.withLock {
            isStopped = true
            let left = waiting.values.flatMap(\.all)
            (waiting, count) = ([:], 0)
            condition.broadcast()
            return left
        }
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
