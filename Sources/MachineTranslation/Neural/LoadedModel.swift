public import Inference
internal import TextAnalysis

/// A model ready to run: engine and tokenizers. Immutable and thread-safe.
public final class LoadedModel: Sendable {
    public let description: ModelDescription
    public let engine: InferenceEngine
    private let sourceTokenizer: any SubwordTokenizer
    private let targetTokenizer: any SubwordTokenizer

    /// Loads a described model, to run on threads of its own.
    /// - Parameters:
    ///   - compute: numbers the model computes with.
    ///   - configuration: threads and batch size.
    ///   - cacheFolder: folder for packed weights; nil packs into private memory.
    /// - Throws: `InferenceError`, `TextAnalysisError` or `MachineTranslationError`, each naming the file at fault.
    public convenience init(
        _ description: ModelDescription,
        compute: ComputeType = .int8,
        engine configuration: InferenceEngine.Configuration = .init(),
        cacheFolder: String? = TransformerModel.Options().cacheFolder
    ) throws {
        var options = TransformerModel.Options(compute: compute)
        options.cacheFolder = cacheFolder
        try self.init(description, options) { try InferenceEngine(model: $0, configuration: configuration) }
    }

    /// Loads a described model, to run on threads that it shares with others.
    /// - Throws: as for a model with threads of its own.
    package convenience init(
        _ description: ModelDescription,
        options: TransformerModel.Options,
        pool: ComputePool
    ) throws {
        try self.init(description, options) { InferenceEngine(model: $0, pool: pool) }
    }

    private init(
        _ description: ModelDescription,
        _ options: TransformerModel.Options,
        _ makeEngine: (TransformerModel) throws -> InferenceEngine
    ) throws {
        self.description = description
        let source = try SentencePieceTokenizer(file: description.sourceTokenizer)
        sourceTokenizer = source
        targetTokenizer =
            description.targetTokenizer == description.sourceTokenizer
            ? source : try SentencePieceTokenizer(file: description.targetTokenizer)
        engine = try makeEngine(TransformerModel(directory: description.weightsDirectory, options: options))
    }

    /// Bytes that the model takes: its weights, and what threads keep of its sentences.
    public var memoryBytes: Int { engine.memoryBytes }

    /// The source's tokens with the prefix and end the model wants, as ids.
    package func sourceIDs(_ text: String, for pair: LanguagePair) throws -> [Int32] {
        var tokens = try sourceTokenizer.pieces(of: text)
        if let prefix = description.filled(description.sourcePrefix, for: pair) { tokens.insert(prefix, at: 0) }
        if description.endsSource, !engine.model.addsSourceEnd { tokens.append(engine.model.endToken) }
        return engine.model.sourceVocabulary.ids(of: tokens)
    }

    /// The tokens every output for a pair begins with.
    package func targetPrefix(for pair: LanguagePair) throws -> [Int32] {
        guard let prefix = description.filled(description.targetPrefix, for: pair) else { return [] }
        guard let id = engine.model.targetVocabulary.id(of: prefix) else {
            throw MachineTranslationError(
                .modelCorrupt,
                "The model '\(description.name)' has no token '\(prefix)' in its target vocabulary."
            )
        }
        return [id]
    }

    /// The text of output tokens, the prefix left out.
    package func text(_ tokens: [Int32], prefix: [Int32]) throws -> String {
        let tokens = tokens.starts(with: prefix) ? Array(tokens.dropFirst(prefix.count)) : tokens
        let unknown = engine.model.targetVocabulary.unknown
        let pieces = engine.model.targetVocabulary.tokens(of: tokens.filter { $0 != unknown })
        return try targetTokenizer.text(from: pieces)
    }

    /// Most source tokens, the special ones included, that go in at once.
    var maximumSourceTokens: Int { min(description.maximumSourceTokens, engine.model.longestSource - 2) }
}
