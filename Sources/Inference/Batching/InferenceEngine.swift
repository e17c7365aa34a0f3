internal import Threads

/// Runs a model on threads of its own. Requests of all callers are decoded together: each thread keeps a running batch,
/// and a sentence that ends makes room for the next one that waits, between two decoding steps.
///
/// Requests that somebody waits for can have threads of their own, in front of which all others step back: the system's
/// scheduler interrupts these at any moment, where a batch could make room only between two steps.
///
/// What a request yields depends on the request and the model alone, bit for bit: not on what shares its batch, and not
/// on the number of threads. Thread-safe. The threads end when the engine is released or `shutDown()` is called.
public final class InferenceEngine: Sendable {
    public struct Configuration: Sendable {
        /// Worker threads; each decodes a batch of its own.
        public var threads: Int
        /// Further threads, for urgent requests alone; the others then leave them the processors as far as the system can
        /// arrange it (`ProcessorShare`). Without any, urgent requests go among the others, by their priority.
        public var urgentThreads = 0
        /// Most rows (sentences × beams) a thread decodes at once. More rows than this make a thread no faster, and each
        /// costs memory; the default is a multiple of the matrix kernels' six rows.
        public var maximumRows = 24
        /// Most source tokens of the sentences in a thread's batch: what is kept of the sources takes the most memory.
        public var maximumTokens = 576

        public init(threads: Int = 1) { self.threads = threads }

        /// Refuses impossible values.
        func validate() throws {
            let values = [
                (threads, 1...1024, "threads"), (urgentThreads, 0...1024, "urgent threads"),
                (maximumRows, 1...1 << 16, "rows"),
                (maximumTokens, 1...1 << 24, "tokens"),
            ]
            for (value, range, what) in values where !range.contains(value) {
                throw InferenceError(
                    .invalidRequest,
                    "\(value) \(what) are asked for, expected \(range.lowerBound) to \(range.upperBound)."
                )
            }
        }
    }

    public let model: TransformerModel
    /// Name of the instruction set in use.
    public let instructionSet: String
    private let queue = WorkQueue()
    /// What is urgent, where there are threads for it.
    private let urgentQueue: WorkQueue?
    private let counters = EngineCounters()
    private let maximumRows: Int

    /// Starts the threads.
    /// - Throws: `.invalidRequest` for an impossible configuration or an unknown `DRAGOMAN_ISA`.
    public convenience init(model: TransformerModel, configuration: Configuration = .init()) throws {
        try self.init(model: model, configuration: configuration, kernels: Kernels.selected())
    }

    /// Starts the threads on the given kernels.
    package init(model: TransformerModel, configuration: Configuration, kernels: Kernels) throws {
        try configuration.validate()
        self.model = model
        instructionSet = kernels.name
        maximumRows = configuration.maximumRows
        urgentQueue = configuration.urgentThreads > 0 ? WorkQueue() : nil
        var worker = Worker(
            model: model,
            configuration: configuration,
            kernels: kernels,
            queue: queue,
            counters: counters
        )
        let share: ProcessorShare = urgentQueue == nil ? .whole : .whatIsLeft
        Self.start(worker, count: configuration.threads, "inference", share)
        guard let urgentQueue else { return }
        worker.queue = urgentQueue
        Self.start(worker, count: configuration.urgentThreads, "urgent", .whole)
    }

    private static func start(_ worker: Worker, count: Int, _ name: String, _ share: ProcessorShare) {
        for number in 0..<count {
            DedicatedThread.start("\(name)-\(number)", share: share) { worker.run() }
        }
    }

    deinit { shutDown() }

    /// What the engine has done since it started.
    public var statistics: EngineStatistics {
        var statistics = counters.statistics
        statistics.maximumRows = maximumRows
        return statistics
    }

    /// Ends the threads after their current step; requests that have not ended fail with `.cancelled`.
    public func shutDown() {
        queue.stop()
        urgentQueue?.stop()
    }

    /// Translates sources; the results come in the requests' order. Cancelling the task ends the
    /// call at once and withdraws the requests.
    /// - Throws: `InferenceError` `.invalidRequest` for a request that cannot be carried out, `.cancelled`.
    public func generate(_ requests: [GenerationRequest]) async throws -> [GenerationResult] {
        let flag = CancellationFlag()
        let items = try requests.map { try workItem($0, flag) }
        return try await run(items, flag).map { outcome in
            guard case .hypotheses(let hypotheses) = outcome else { return GenerationResult(hypotheses: []) }
            return GenerationResult(hypotheses: hypotheses)
        }
    }

    /// The log-probabilities of given targets: one for each target token and, last, one for the end token.
    /// - Throws: as `generate`.
    public func score(_ requests: [ScoringRequest]) async throws -> [[Float]] {
        let flag = CancellationFlag()
        let items = try requests.map { try workItem($0, flag) }
        return try await run(items, flag).map { outcome in
            guard case .logProbabilities(let values) = outcome else { return [] }
            return values
        }
    }

    // MARK: Checking requests

    private func workItem(_ request: GenerationRequest, _ flag: CancellationFlag) throws -> WorkItem {
        try request.options.validate()
        let source = try framed(request.source)
        var prefix = request.prefix
        try check(prefix, model.targetVocabulary, "prefix")
        guard let start = model.startID ?? prefix.first else {
            throw InferenceError(
                .invalidRequest,
                "The model has no start token; the request's prefix must begin with it."
            )
        }
        if model.startID == nil { prefix.removeFirst() }
        return WorkItem(
            source: source,
            start: start,
            task: .generate(prefix: prefix, options: request.options),
            priority: request.priority,
            isUrgent: request.isUrgent,
            cancellation: flag,
            completion: { _ in }
        )
    }

    private func workItem(_ request: ScoringRequest, _ flag: CancellationFlag) throws -> WorkItem {
        let source = try framed(request.source)
        var target = request.target
        try check(target, model.targetVocabulary, "target")
        guard let start = model.startID ?? target.first else {
            throw InferenceError(.invalidRequest, "The model has no start token; the target must begin with it.")
        }
        if model.startID == nil { target.removeFirst() }
        target.append(model.endID)
        guard target.count <= model.longestTarget else {
            throw InferenceError(
                .invalidRequest,
                "The target has \(target.count) tokens; the model takes at most \(model.longestTarget)."
            )
        }
        return WorkItem(
            source: source,
            start: start,
            task: .score(target: target),
            priority: 0,
            isUrgent: false,
            cancellation: flag,
            completion: { _ in }
        )
    }

    private func framed(_ source: [Int32]) throws -> [Int32] {
        try check(source, model.sourceVocabulary, "source")
        guard !source.isEmpty else {
            throw InferenceError(.invalidRequest, "The source is empty, expected at least one token.")
        }
        let framed = model.framed(source)
        guard framed.count <= model.longestSource else {
            throw InferenceError(
                .invalidRequest,
                "The source has \(framed.count) tokens, special ones included; the model takes 1 to \(model.longestSource)."
            )
        }
        return framed
    }

    private func check(_ ids: [Int32], _ vocabulary: Vocabulary, _ what: String) throws {
        if let bad = ids.first(where: { !vocabulary.tokens.indices.contains(Int($0)) }) {
            throw InferenceError(
                .invalidRequest,
                "The \(what) has the token id \(bad), expected 0 to \(vocabulary.count - 1)."
            )
        }
    }

    // MARK: Running

    private func run(_ items: [WorkItem], _ flag: CancellationFlag) async throws -> [WorkItem.Outcome] {
        guard !items.isEmpty else { return [] }
        let group = ResultGroup(count: items.count)
        // The longest first: what is left over at the end is short.
        let order = items.indices.sorted { items[$0].source.count > items[$1].source.count }
        let ordered = order.map { index in
            var item = items[index]
            item.completion = { group.complete(index, $0) }
            return item
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                guard group.start(continuation) else { return }
                put(ordered)
            }
        } onCancel: {
            flag.set()
            group.withdraw()
        }
    }

    /// Puts items where they are taken from.
    private func put(_ items: [WorkItem]) {
        guard let urgentQueue else { return queue.put(items) }
        urgentQueue.put(items.filter(\.isUrgent))
        queue.put(items.filter { !$0.isUrgent })
    }
}
