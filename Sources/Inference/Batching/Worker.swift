/// One thread's loop: take what waits, run a step, hand out what has ended.
struct Worker: Sendable {
    let model: TransformerModel
    let configuration: InferenceEngine.Configuration
    let kernels: Kernels
    let queue: WorkQueue

    /// Runs until the queue is stopped.
    func run() {
        let batch = RunningBatch(model: model, kernels: kernels)
        while true {
            let free = configuration.maximumRows - batch.rowCount
            // A few rows at a time would make many small encoder runs; wait until an eighth of the batch is free.
            let wants = batch.isEmpty || free * 8 >= configuration.maximumRows
            let taken = queue.take(
                rows: wants ? free : 0, tokens: configuration.sourceTokens, mayWait: batch.isEmpty)
            guard let taken else { return batch.abandon(.stopped) }
            batch.admit(taken.filter { item in
                if item.cancellation.isSet { item.completion(.failure(.withdrawn)) }
                return !item.cancellation.isSet
            })
            batch.step()
        }
    }
}
