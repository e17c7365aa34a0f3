public import Inference
internal import Threads

/// Makes translators for pairs of languages, and keeps the models they need loaded as long as there is room. All models run
/// on the same threads. Thread-safe.
public final class TranslatorFactory: Sendable {
    public let catalog: ModelCatalog
    private let pool: ComputePool
    private let loaded: LoadedModels

    /// - Parameters:
    ///   - compute: numbers the models compute with.
    ///   - engine: threads and batch size for all models together.
    ///   - memory: how much of it the models may take, and which of them stay.
    ///   - cacheFolder: folder for packed weights; nil packs into private memory.
    ///   - report: told of what happens to models, on any thread.
    /// - Throws: `InferenceError` for an impossible number of threads, or an unknown `DRAGOMAN_ISA`.
    public init(
        catalog: ModelCatalog,
        compute: ComputeType = .int8,
        engine: ComputePool.Configuration = .init(),
        memory: ModelMemory = .init(),
        cacheFolder: String? = TransformerModel.Options().cacheFolder,
        report: @escaping @Sendable (ModelDescription, ModelEvent) -> Void = { _, _ in }
    ) throws {
        self.catalog = catalog
        let pool = try ComputePool(engine)
        self.pool = pool
        // Where some requests are urgent, loading steps back before them as all other work does.
        let share = engine.urgentThreads > 0 ? ProcessorShare.whatIsLeft : .whole
        loaded = LoadedModels(memory: memory, share: share, report: report) { description, willTake, didRelease in
            var options = TransformerModel.Options(compute: compute)
            options.cacheFolder = cacheFolder
            options.willTake = willTake
            options.didRelease = didRelease
            return try LoadedModel(description, options: options, pool: pool)
        }
    }

    // MARK: Translating

    /// A translator for a pair, through a pivot where no model translates it directly. Its models stay loaded as long as it
    /// is kept. What is not loaded yet is loaded meanwhile; where that fails, another model or a pivot is tried.
    /// - Throws: `MachineTranslationError` for a pair nothing translates, what loading throws, or `CancellationError`.
    public func translator(for pair: LanguagePair) async throws -> any SegmentTranslator { try await leased(for: pair) }

    /// The same, with what it says of its models.
    package func leased(for wish: LanguagePair) async throws -> LeasedTranslator {
        var route = try catalog.route(for: wish)
        let pair = try catalog.pair(for: wish)
        var failed: Set<String> = []
        var firstFailure: (any Error)?
        while true {
            do {
                return try await lease(route, pair)
            } catch let failure as LoadFailure {
                failed.insert(failure.directory)
                firstFailure = firstFailure ?? failure.error
                guard let other = catalog.route(for: pair, without: failed) else {
                    throw firstFailure ?? failure.error
                }
                route = other
            }
        }
    }

    /// A model that cannot be loaded.
    private struct LoadFailure: Error {
        var directory: String
        var error: any Error
    }

    private func lease(_ route: ModelCatalog.Route, _ pair: LanguagePair) async throws -> LeasedTranslator {
        switch route {
        case .direct(let model):
            let use = try await use(model)
            return LeasedTranslator(NeuralTranslator(use.model, pair: pair), [use])
        case .pivot(let language, let first, let second):
            async let later = use(second)
            let uses = [try await use(first), try await later]
            let translator = PivotTranslator(
                NeuralTranslator(uses[0].model, pair: .init(source: pair.source, target: language)),
                NeuralTranslator(uses[1].model, pair: .init(source: language, target: pair.target))
            )
            return LeasedTranslator(translator, uses)
        }
    }

    private func use(_ description: ModelDescription) async throws -> ModelUse {
        do {
            return try await loaded.use(description)
        } catch let error as CancellationError {
            throw error
        } catch {
            throw LoadFailure(directory: description.directory, error: error)
        }
    }

    // MARK: Models

    /// Begins to load a model, if it is not there, in the background.
    public func load(_ description: ModelDescription) { loaded.load(description) }

    /// Lets go of a model as soon as nobody uses it. The next request loads it again. Pinned models stay.
    public func unload(_ description: ModelDescription) { loaded.unload(description) }

    /// How a model stands. Never waits for loading.
    public func state(of description: ModelDescription) -> ModelState { loaded.state(of: description) }

    /// What the threads have done, for all models together.
    public var engineStatistics: EngineStatistics { pool.statistics }
}
