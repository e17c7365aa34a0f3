public import Inference

/// Makes translators for pairs of languages and keeps the models they need loaded, each once. Thread-safe.
public final class TranslatorFactory: Sendable {
    public let catalog: ModelCatalog
    private let compute: ComputeType
    private let cacheFolder: String?
    private let configuration: InferenceEngine.Configuration
    private let loaded = LoadedModels()

    /// - Parameters:
    ///   - compute: numbers the models compute with.
    ///   - engine: threads and batch size of each model's engine.
    ///   - cacheFolder: folder for packed weights; nil packs into private memory.
    public init(
        catalog: ModelCatalog,
        compute: ComputeType = .int8,
        engine: InferenceEngine.Configuration = .init(),
        cacheFolder: String? = TransformerModel.Options().cacheFolder
    ) {
        self.catalog = catalog
        self.compute = compute
        self.cacheFolder = cacheFolder
        configuration = engine
    }

    /// A translator for a pair, through a pivot where no model translates it directly. Loads what is not loaded yet,
    /// which can take a moment the first time.
    /// - Throws: `MachineTranslationError` for a pair nothing translates, or what loading throws.
    public func translator(for pair: LanguagePair) throws -> any SegmentTranslator {
        switch try catalog.route(for: pair) {
        case .direct(let model):
            return NeuralTranslator(try load(model), pair: pair)
        case .pivot(let language, let first, let second):
            return PivotTranslator(
                NeuralTranslator(try load(first), pair: .init(source: pair.source, target: language)),
                NeuralTranslator(try load(second), pair: .init(source: language, target: pair.target))
            )
        }
    }

    /// The model of a description, loaded on first use.
    public func load(_ description: ModelDescription) throws -> LoadedModel {
        try loaded.model(description.directory) {
            try LoadedModel(description, compute: compute, engine: configuration, cacheFolder: cacheFolder)
        }
    }

    /// What the engines of all loaded models have done.
    public var engineStatistics: EngineStatistics {
        loaded.all.reduce(EngineStatistics()) { $0 + $1.engine.statistics }
    }

    /// The model of a description, if it is loaded.
    public func loadedModel(_ description: ModelDescription) -> LoadedModel? { loaded.model(description.directory) }
}
