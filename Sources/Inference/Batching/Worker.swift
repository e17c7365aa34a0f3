/// One thread's loop: take what waits, run a step for each model at work, hand out what has ended.
struct Worker: Sendable {
    let configuration: ComputePool.Configuration
    let kernels: Kernels
    var queue: WorkQueue
    let counters: EngineCounters

    /// Runs until the queue is stopped.
    func run() {
        let scratch = LayerScratch(kernels: kernels)
        var batches: [RunningBatch] = []
        var seen = 0
        while true {
            let isIdle = batches.allSatisfy(\.isEmpty)
            guard let taken = queue.take(room(beside: batches), mayWait: isIdle, seen: &seen) else {
                for batch in batches { batch.abandon(.stopped) }
                return
            }
            batches.removeAll { batch in
                guard batch.owner.isClosed else { return false }
                batch.abandon(.stopped)
                return true
            }
            admit(taken, to: &batches, scratch)
            for batch in batches where !batch.isEmpty { count(batch.step(), batch.owner) }
        }
    }

    /// What is free: the sentences of all models together may take no more than one batch.
    private func room(beside batches: [RunningBatch]) -> BatchRoom {
        let most = configuration.maximumRows
        let free = batches.reduce(most) { $0 - $1.rowCount }
        return BatchRoom(
            // A few rows at a time would make many small encoder runs; wait until an eighth of the room is free.
            rows: free * 8 >= most ? free : 0,
            tokens: batches.reduce(configuration.maximumTokens) { $0 - $1.tokenCount },
            models: Set(batches.filter { !$0.isEmpty }.map { ObjectIdentifier($0.owner) }),
            // A step reads all weights of its model, for however few rows: with half of the room for each newcomer, a
            // thread's rows are spread over two models or three, whatever the order in which many are asked for.
            rowsForOthers: free * 2 >= most ? free : 0
        )
    }

    /// Adds items, all for the same model, to the batch of that model.
    private func admit(_ taken: [WorkItem], to batches: inout [RunningBatch], _ scratch: LayerScratch) {
        let wanted = taken.filter { item in
            // Read once: it may be set between two looks.
            guard item.cancellation.isSet else { return true }
            item.completion(.failure(.withdrawn))
            return false
        }
        guard let owner = wanted.first?.model else { return }
        if let batch = batches.first(where: { $0.owner === owner }) { return batch.admit(wanted) }
        let batch = RunningBatch(owner: owner, scratch: scratch)
        batches.append(batch)
        batch.admit(wanted)
    }

    private func count(_ rows: Int, _ owner: PooledModel) {
        counters.count(rows: rows)
        owner.counters.count(rows: rows)
    }
}
