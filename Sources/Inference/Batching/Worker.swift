/// One thread's loop: take what waits, run a step, hand out what has ended.
struct Worker: Sendable {
    let model: TransformerModel
    let configuration: InferenceEngine.Configuration
    let kernels: Kernels
    var queue: WorkQueue
    let counters: EngineCounters

    /// Runs until the queue is stopped.
    func run() {
        let batch = RunningBatch(model: model, kernels: kernels)
        while true {
            let free = configuration.maximumRows - batch.rowCount
            // A few rows at a time would make many small encoder runs; wait until an eighth of the batch is free.
            let hasRoom = batch.isEmpty || free * 8 >= configuration.maximumRows
            let room = BatchRoom(
                rows: hasRoom ? free : 0,
                tokens: configuration.maximumTokens - batch.tokenCount
            )
            let taken = queue.take(room, mayWait: batch.isEmpty)
            guard let taken else { return batch.abandon(.stopped) }
            batch.admit(
                taken.filter { item in
                    // Read once: it may be set between two looks.
                    guard item.cancellation.isSet else { return true }
                    item.completion(.failure(.withdrawn))
                    return false
                }
            )
            counters.count(rows: batch.step())
        }
    }
}
