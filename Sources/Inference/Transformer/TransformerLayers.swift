/// Attention of a layer to its own sequence: one product for queries, keys and values (3d), one for the output.
struct SelfAttentionWeights: Sendable {
    let norm: Norm
    let queriesKeysValues: Linear
    let output: Linear

    init(_ scope: String, width: Int, epsilon: Float?, in packed: PackedWeights) throws {
        norm = try Norm(scope + "/layer_norm", width: width, epsilon: epsilon, in: packed)
        queriesKeysValues = try Linear(scope + "/linear_0", outputs: 3 * width, inputs: width, in: packed)
        output = try Linear(scope + "/linear_1", outputs: width, inputs: width, in: packed)
    }
}

/// Attention of a decoder layer to the encoder's output.
struct CrossAttentionWeights: Sendable {
    let norm: Norm
    let queries: Linear
    let keysValues: Linear
    let output: Linear

    init(_ scope: String, width: Int, epsilon: Float?, in packed: PackedWeights) throws {
        norm = try Norm(scope + "/layer_norm", width: width, epsilon: epsilon, in: packed)
        queries = try Linear(scope + "/linear_0", outputs: width, inputs: width, in: packed)
        keysValues = try Linear(scope + "/linear_1", outputs: 2 * width, inputs: width, in: packed)
        output = try Linear(scope + "/linear_2", outputs: width, inputs: width, in: packed)
    }
}

/// The feed-forward network of a layer.
struct FeedForwardWeights: Sendable {
    let norm: Norm
    let inner: Linear
    /// The linear branch of a gated network.
    let gate: Linear?
    let output: Linear

    init(_ scope: String, _ stack: TransformerArchitecture.Stack, epsilon: Float?, in packed: PackedWeights) throws {
        let width = stack.width
        norm = try Norm(scope + "/layer_norm", width: width, epsilon: epsilon, in: packed)
        inner = try Linear(scope + "/linear_0", outputs: stack.innerWidth, inputs: width, in: packed)
        gate =
            stack.isGated
            ? try Linear(scope + "/linear_0_noact", outputs: stack.innerWidth, inputs: width, in: packed) : nil
        output = try Linear(scope + "/linear_1", outputs: width, inputs: stack.innerWidth, in: packed)
    }
}

/// Weights of an encoder layer.
struct EncoderLayer: Sendable {
    let attention: SelfAttentionWeights
    let feedForward: FeedForwardWeights
}

/// Weights of a decoder layer.
struct DecoderLayer: Sendable {
    let selfAttention: SelfAttentionWeights
    let crossAttention: CrossAttentionWeights
    let feedForward: FeedForwardWeights
}
