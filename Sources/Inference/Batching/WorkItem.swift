internal import Synchronization

/// A request on its way through the engine, checked and framed.
struct WorkItem: Sendable {
    enum Task: Sendable {
        case generate(prefix: [Int32], options: DecodingOptions)
        /// Score the target, its end included.
        case score(target: [Int32])
    }

    /// What comes of an item.
    enum Outcome: Sendable {
        case hypotheses([Hypothesis])
        case logProbabilities([Float])
    }

    let model: PooledModel
    /// The source with its special tokens.
    var source: [Int32]
    /// The first token the decoder reads.
    var start: Int32
    var task: Task
    var priority: Int
    var isUrgent: Bool
    var cancellation: CancellationFlag
    /// Called once, on a worker's thread; must return soon.
    var completion: @Sendable (Result<Outcome, InferenceError>) -> Void
    /// Number among the items of a queue, in the order in which they came.
    var arrival = 0

    /// Whether the item is taken before another one.
    func comesBefore(_ other: WorkItem) -> Bool {
        priority == other.priority ? arrival < other.arrival : priority > other.priority
    }

    /// Rows the item takes in a running batch.
    var rows: Int {
        switch task {
        case .generate(_, let options): options.beamSize
        case .score: 1
        }
    }
}

/// Says that nobody waits for a request any more. Looked at between decoding steps.
final class CancellationFlag: Sendable {
    private let flag = Atomic(false)

    var isSet: Bool { flag.load(ordering: .relaxed) }

    func set() { flag.store(true, ordering: .relaxed) }
}
