internal import Foundation

/// A loaded encoder–decoder Transformer: weights, vocabularies and special tokens. Immutable; share it between threads
/// and engines freely.
public final class TransformerModel: Sendable {
    /// How a model is loaded.
    public struct Options: Sendable {
        /// Numbers to compute with.
        public var compute: ComputeType = .int8
        /// Folder for packed weights; nil packs into private memory. The default is `DRAGOMAN_CACHE_DIR`, or
        /// `dragoman` in the user's cache folder.
        public var cacheFolder: String? = WeightsLoader.defaultCacheFolder()
        /// Told how many bytes the weights will take, before they take them; may block until there is room. Told again
        /// where a packed file turns out to be of no use.
        package var willTake: @Sendable (_ bytes: Int) -> Void = { _ in }
        /// Called when the weights are out of memory again, on the thread that was the last to let go of them.
        package var didRelease: @Sendable () -> Void = {}

        public init(compute: ComputeType = .int8) { self.compute = compute }
    }

    /// Tokens of the source side.
    public let sourceVocabulary: Vocabulary
    /// Tokens of the target side.
    public let targetVocabulary: Vocabulary
    /// Numbers the model computes with.
    public let compute: ComputeType
    /// Identifies the weights: the hash of the model file.
    public let fingerprint: String
    /// Bytes of the packed weights. Processes that run the same model share them.
    public var weightBytes: Int { weights.byteCount }

    let architecture: TransformerArchitecture
    let special: SpecialTokens
    let weights: PackedWeights
    let sourceEmbedding: Embedding
    let targetEmbedding: Embedding
    let sourceEmbeddingNorm: Norm?
    let targetEmbeddingNorm: Norm?
    let encoderLayers: [EncoderLayer]
    let decoderLayers: [DecoderLayer]
    let encoderNorm: Norm?
    let decoderNorm: Norm?
    let projection: Linear

    /// Loads the CTranslate2 model in `directory`.
    /// - Throws: `InferenceError` that names the file, what was found and what was expected.
    public init(directory: String, options: Options = Options()) throws {
        let loader = WeightsLoader(
            compute: options.compute,
            cacheFolder: options.cacheFolder,
            willTake: options.willTake
        )
        weights = try loader.load(directory: directory)
        weights.whenReleased(options.didRelease)
        architecture = weights.manifest.architecture
        compute = options.compute
        fingerprint = weights.manifest.fingerprint
        special = try SpecialTokens(directory: directory, attributes: weights.manifest.attributes)
        (sourceVocabulary, targetVocabulary) = try Self.vocabularies(directory, special)
        try Self.check(sourceVocabulary, "source", architecture.sourceVocabularySize, directory)
        try Self.check(targetVocabulary, "target", architecture.targetVocabularySize, directory)
        let (encoder, decoder) = (architecture.encoder, architecture.decoder)
        let (packed, epsilon) = (weights, special.layerNormEpsilon)
        func norm(_ scope: String) throws -> Norm? {
            try Norm.optional(scope, width: encoder.width, epsilon: epsilon, in: packed)
        }
        sourceEmbedding = try Embedding(
            "encoder",
            encoder,
            vocabularySize: architecture.sourceVocabularySize,
            in: packed
        )
        targetEmbedding = try Embedding(
            "decoder",
            decoder,
            vocabularySize: architecture.targetVocabularySize,
            in: packed
        )
        sourceEmbeddingNorm = try norm("encoder/layernorm_embedding")
        targetEmbeddingNorm = try norm("decoder/layernorm_embedding")
        encoderNorm = try norm("encoder/layer_norm")
        decoderNorm = try norm("decoder/layer_norm")
        encoderLayers = try (0..<encoder.layers).map { layer in
            let scope = "encoder/layer_\(layer)"
            return EncoderLayer(
                attention: try .init(scope + "/self_attention", width: encoder.width, epsilon: epsilon, in: packed),
                feedForward: try .init(scope + "/ffn", encoder, epsilon: epsilon, in: packed)
            )
        }
        decoderLayers = try (0..<decoder.layers).map { layer in
            let scope = "decoder/layer_\(layer)"
            return DecoderLayer(
                selfAttention: try .init(scope + "/self_attention", width: decoder.width, epsilon: epsilon, in: packed),
                crossAttention: try .init(scope + "/attention", width: decoder.width, epsilon: epsilon, in: packed),
                feedForward: try .init(scope + "/ffn", decoder, epsilon: epsilon, in: packed)
            )
        }
        projection = try Linear(
            "decoder/projection",
            outputs: architecture.targetVocabularySize,
            inputs: decoder.width,
            in: packed
        )
    }

    private static func vocabularies(_ directory: String, _ special: SpecialTokens) throws -> (Vocabulary, Vocabulary) {
        func read(_ name: String) throws -> Vocabulary? {
            try Vocabulary.read(named: name, in: directory, unknownToken: special.unknown)
        }
        if let shared = try read("shared_vocabulary") { return (shared, shared) }
        guard let source = try read("source_vocabulary"), let target = try read("target_vocabulary") else {
            throw InferenceError(
                .missing,
                "'\(directory)' has neither 'shared_vocabulary' nor 'source_vocabulary' and 'target_vocabulary' (.json or .txt)."
            )
        }
        return (source, target)
    }

    /// A vocabulary file may be shorter than the embeddings (which some converters pad), never longer.
    private static func check(_ vocabulary: Vocabulary, _ side: String, _ size: Int, _ directory: String) throws {
        guard vocabulary.count <= size else {
            throw InferenceError(
                .corrupt,
                "'\(directory)': the \(side) vocabulary has \(vocabulary.count) tokens, but the model embeds only \(size)."
            )
        }
    }

    /// The longest source, in tokens with the special ones, that the model has positions for.
    public var longestSource: Int { architecture.encoder.positions }
    /// The longest target, in tokens with the end, that the model has positions for.
    public var longestTarget: Int { architecture.decoder.positions }

    /// The ids the encoder reads for a tokenised source: the special tokens added as the model wants them.
    public func sourceIDs(of tokens: [String]) -> [Int32] { framed(sourceVocabulary.ids(of: tokens)) }

    /// Adds the special tokens to source ids.
    public func framed(_ ids: [Int32]) -> [Int32] {
        var framed = ids
        if special.addsSourceBeginning {
            framed.insert(sourceVocabulary.id(of: special.beginning) ?? sourceVocabulary.unknown, at: 0)
        }
        if special.addsSourceEnd {
            framed.append(sourceVocabulary.id(of: special.end) ?? sourceVocabulary.unknown)
        }
        return framed
    }

    /// The id that ends a target.
    public var endID: Int32 { targetVocabulary.id(of: special.end) ?? targetVocabulary.unknown }

    /// The id decoding starts from; nil where each request's first prefix token takes its place.
    public var startID: Int32? {
        special.decoderStart.map { targetVocabulary.id(of: $0) ?? targetVocabulary.unknown }
    }

    /// One line on the model's shape, for people.
    public var summary: String {
        let (e, d) = (architecture.encoder, architecture.decoder)
        let norm = e.isPreNorm ? "pre-norm" : "post-norm"
        return "Transformer \(e.layers)+\(d.layers) layers, width \(e.width), \(e.heads) heads, "
            + "inner width \(e.innerWidth), \(e.activation), \(norm), "
            + "vocabulary \(architecture.sourceVocabularySize)/\(architecture.targetVocabularySize)"
    }
}

extension TransformerModel {
    /// Whether the engine ends sources by itself; where it does not, tokenizers of some model families do.
    public var addsSourceEnd: Bool { special.addsSourceEnd }
    /// The token that ends a sequence.
    public var endToken: String { special.end }
    /// The token that stands for what the vocabulary lacks.
    public var unknownToken: String { special.unknown }
}
