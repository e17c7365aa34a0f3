/// Runs a model on the threads of a pool. Requests of all callers are decoded together: each thread keeps a running batch,
/// and a sentence that ends makes room for the next one that waits, between two decoding steps.
///
/// What a request yields depends on the request and the model alone, bit for bit: not on what shares its batch, not on
/// what other models run beside it, and not on the number of threads. Thread-safe. When the engine is released or
/// `shutDown()` is called, the threads let go of the model; those of an engine without a shared pool end.
public final class InferenceEngine: Sendable {
    public typealias Configuration = ComputePool.Configuration

    public let model: TransformerModel
    private let pool: ComputePool
    private let ownsPool: Bool
    private let pooled: PooledModel

    /// Runs the model on threads that the engine starts for it alone.
    /// - Throws: `.invalidRequest` for an impossible configuration or an unknown `DRAGOMAN_ISA`.
    public convenience init(model: TransformerModel, configuration: Configuration = .init()) throws {
        self.init(model: model, pool: try ComputePool(configuration), ownsPool: true)
    }

    /// Runs the model on threads that it shares with others.
    public convenience init(model: TransformerModel, pool: ComputePool) {
        self.init(model: model, pool: pool, ownsPool: false)
    }

    /// Runs the model on threads of its own, with the given kernels.
    package convenience init(model: TransformerModel, configuration: Configuration, kernels: Kernels) throws {
        self.init(model: model, pool: try ComputePool(configuration, kernels: kernels), ownsPool: true)
    }

    private init(model: TransformerModel, pool: ComputePool, ownsPool: Bool) {
        self.model = model
        self.pool = pool
        self.ownsPool = ownsPool
        pooled = PooledModel(model)
    }

    deinit { shutDown() }

    /// Name of the instruction set in use.
    public var instructionSet: String { pool.instructionSet }

    /// What was done for this model since the engine started.
    public var statistics: EngineStatistics { pool.statistics(of: pooled.counters) }

    /// Bytes that the model takes: its weights, and what threads keep of its sentences.
    public var memoryBytes: Int { model.weightBytes + pooled.keptBytes }

    /// Lets go of the model after the threads' current step; requests that have not ended fail with `.cancelled`.
    public func shutDown() {
        if ownsPool { pool.shutDown() } else { pool.close(pooled) }
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
            model: pooled,
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
            model: pooled,
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
                pool.put(ordered)
            }
        } onCancel: {
            flag.set()
            group.withdraw()
        }
    }
}
