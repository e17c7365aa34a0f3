internal import Synchronization

/// A model as the threads of a pool know it: what they run, whether it is still wanted, and what they hold for it.
final class PooledModel: Sendable {
    let model: TransformerModel
    let counters = EngineCounters()
    private let closed = Atomic(false)
    private let batchBytes = Atomic(0)

    init(_ model: TransformerModel) { self.model = model }

    /// Whether nobody wants the model any more; its requests fail, and threads let go of it.
    var isClosed: Bool { closed.load(ordering: .relaxed) }

    func close() { closed.store(true, ordering: .relaxed) }

    /// Bytes that all threads together keep of the model's sentences.
    var keptBytes: Int { batchBytes.load(ordering: .relaxed) }

    /// Counts what a thread keeps more, or less, than before.
    func count(bytes: Int) { batchBytes.wrappingAdd(bytes, ordering: .relaxed) }
}
