internal import CKernels

/// The shape of an encoder–decoder Transformer: everything about a model but its weights and its words.
/// Kept as JSON in the packed file.
struct TransformerArchitecture: Codable, Sendable, Equatable {
    /// Element-wise functions of the feed-forward network, by the names of CTranslate2's `Activation`.
    enum Activation: Int, Codable, Sendable {
        case relu = 0
        case geluTanh = 1
        case swish = 2
        case gelu = 3
        case geluSigmoid = 4
        case tanh = 5
        case sigmoid = 6

        var kernel: ck_activation {
            switch self {
            case .relu: CK_ACT_RELU
            case .geluTanh: CK_ACT_GELU_TANH
            case .swish: CK_ACT_SWISH
            case .gelu: CK_ACT_GELU
            case .geluSigmoid: CK_ACT_GELU_SIGMOID
            case .tanh: CK_ACT_TANH
            case .sigmoid: CK_ACT_SIGMOID
            }
        }
    }

    /// One stack of layers.
    struct Stack: Codable, Sendable, Equatable {
        var layers: Int
        var heads: Int
        /// Width of the residual stream, d.
        var width: Int
        /// Inner width of the feed-forward network.
        var innerWidth: Int
        var isPreNorm: Bool
        var activation: Activation
        /// Whether the feed-forward network multiplies by a second, linear projection (GLU).
        var isGated: Bool
        /// Factor on the embeddings; 1 for none.
        var embeddingScale: Float
        /// Number of positions the packed table holds.
        var positions: Int
        /// Factor on q·k before the softmax.
        var attentionScale: Float

        var headWidth: Int { width / heads }
    }

    var encoder: Stack
    var decoder: Stack
    var sourceVocabularySize: Int
    var targetVocabularySize: Int
    /// Marian models feed a zero vector, not the start token's embedding, into the first step.
    var startsFromZeroEmbedding: Bool
    /// The decoder layer whose attention to the source serves as the alignment, and how many of its heads are averaged.
    var alignmentLayer: Int
    var alignmentHeads: Int
}
