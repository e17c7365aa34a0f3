/// Derives a Transformer's shape from the variables of a CTranslate2 model and refuses, by name, what is not an
/// encoder–decoder Transformer or uses parts this engine does not run.
struct ArchitectureReader {
    /// Positions computed for models that store none.
    static let computedPositions = 1024
    /// Widest layer: with more terms, a product of int8 rows would overflow its 32-bit sum.
    private static let widest = 1 << 16
    /// Deepest stack; a file may give many layers one layer's weights, and each takes room for its activations.
    private static let deepest = 256

    let store: VariableStore
    private var path: String { store.binary.path }

    /// - Throws: `InferenceError` `.unsupported` or `.corrupt`.
    func read() throws -> TransformerArchitecture {
        try checkSpecification()
        let (source, width) = try embeddings("encoder")
        let (target, decoderWidth) = try embeddings("decoder")
        guard width == decoderWidth else {
            throw InferenceError(
                .unsupported,
                "'\(path)': encoder width \(width) and decoder width \(decoderWidth) differ."
            )
        }
        let encoder = try stack("encoder", width: width)
        let decoder = try stack("decoder", width: width)
        let layer = try store.integer(
            "alignment_layer",
            in: "decoder",
            range: -decoder.layers...decoder.layers - 1,
            fallback: -1
        )
        let heads = try store.integer("alignment_heads", in: "decoder", range: 0...decoder.heads, fallback: 1)
        return TransformerArchitecture(
            encoder: encoder,
            decoder: decoder,
            sourceVocabularySize: source,
            targetVocabularySize: target,
            startsFromZeroEmbedding: store.attribute("start_from_zero_embedding", in: "decoder").map { $0 != 0 }
                ?? false,
            alignmentLayer: layer < 0 ? decoder.layers + layer : layer,
            alignmentHeads: heads == 0 ? decoder.heads : heads
        )
    }

    private func checkSpecification() throws {
        let name = store.binary.specification
        guard !["TransformerSpec", "TransformerBase", "TransformerBig"].contains(name) else { return }
        let known = [
            "WhisperSpec": "a Whisper speech model",
            "TransformerDecoderSpec": "a decoder-only language model",
            "TransformerEncoderSpec": "an encoder-only model",
            "Wav2Vec2Spec": "a Wav2Vec2 speech model",
            "Wav2Vec2BertSpec": "a Wav2Vec2-BERT speech model",
            "MoonshineSpec": "a Moonshine speech model",
            "T5GemmaSpec": "a T5Gemma model",
        ]
        let kind = known[name].map { "\($0) ('\(name)')" } ?? "of the kind '\(name)'"
        throw InferenceError(
            .unsupported,
            "'\(path)' is \(kind); this engine runs encoder–decoder Transformers ('TransformerSpec')."
        )
    }

    /// The name under which a side's embeddings lie.
    func embeddingsName(_ side: String) throws -> String {
        guard !store.contains("encoder/embeddings_1/weight") else {
            throw InferenceError(.unsupported, "'\(path)' takes source features, which this engine does not run.")
        }
        let names = ["\(side)/embeddings_0/weight", "\(side)/embeddings/weight"]
        guard let name = store.firstExisting(names) else {
            throw InferenceError(.corrupt, "'\(path)' lacks the variable '\(names[1])'.")
        }
        return name
    }

    private func embeddings(_ side: String) throws -> (vocabulary: Int, width: Int) {
        let tensor = try store.tensor(embeddingsName(side), shape: [nil, nil])
        let (vocabulary, width) = (tensor.shape[0], tensor.shape[1])
        guard width <= Self.widest, vocabulary < Int(Int32.max) else {
            throw InferenceError(.corrupt, "'\(path)': '\(tensor.name)' has the impossible shape \(tensor.shape).")
        }
        return (vocabulary, width)
    }

    private func stack(_ side: String, width: Int) throws -> TransformerArchitecture.Stack {
        try refuseUnknownParts(side)
        let layers = try layerCount(side)
        let heads = try headCount(side, width: width)
        let activation = try store.integer("activation", in: side, range: 0...6, fallback: 0)
        let positions = try store.optionalTensor("\(side)/position_encodings/encodings", shape: [nil, width])
        return TransformerArchitecture.Stack(
            layers: layers,
            heads: heads,
            width: width,
            innerWidth: try innerWidth(side, width: width),
            isPreNorm: store.attribute("pre_norm", in: side).map { $0 != 0 } ?? true,
            activation: TransformerArchitecture.Activation(rawValue: activation) ?? .relu,
            isGated: store.contains("\(side)/layer_0/ffn/linear_0_noact/weight"),
            embeddingScale: try embeddingScale(side, width: width),
            positions: positions?.shape[0] ?? Self.computedPositions,
            attentionScale: try attentionScale(side, layers: layers, headWidth: width / heads)
        )
    }

    private func layerCount(_ side: String) throws -> Int {
        var layers = 0
        while store.containsAny(withPrefix: "\(side)/layer_\(layers)/") { layers += 1 }
        guard (1...Self.deepest).contains(layers) else {
            throw InferenceError(
                .corrupt,
                "'\(path)' has \(layers) layers named '\(side)/layer_…', expected 1 to \(Self.deepest)."
            )
        }
        return layers
    }

    private func headCount(_ side: String, width: Int) throws -> Int {
        let usual = store.binary.specification == "TransformerBig" ? 16 : 8
        let heads = try store.integer("num_heads", in: side, range: 1...width, fallback: usual)
        guard width % heads == 0 else {
            throw InferenceError(.corrupt, "'\(path)': \(side) width \(width) cannot be cut into \(heads) heads.")
        }
        return heads
    }

    private func innerWidth(_ side: String, width: Int) throws -> Int {
        let inner = try store.tensor("\(side)/layer_0/ffn/linear_0/weight", shape: [nil, width])
        guard inner.shape[0] <= Self.widest else {
            throw InferenceError(
                .corrupt,
                "'\(path)': '\(inner.name)' has \(inner.shape[0]) rows, expected at most \(Self.widest)."
            )
        }
        return inner.shape[0]
    }

    /// The factor on embeddings: a flag, or the factor itself; models without the attribute scale by √d.
    private func embeddingScale(_ side: String, width: Int) throws -> Float {
        for name in ["\(side)/scale_embeddings", "\(side)/embeddings/multiply_by_sqrt_depth"] {
            guard let tensor = store.binary.variables[name], let value = tensor.scalar else { continue }
            _ = store.attribute(name)
            guard value.isFinite else {
                throw InferenceError(.corrupt, "'\(path)': '\(name)' is \(value), expected a finite number.")
            }
            if tensor.type != .int8 { return value }
            return value != 0 ? Float(width).squareRoot() : 1
        }
        return Float(width).squareRoot()
    }

    private func attentionScale(_ side: String, layers: Int, headWidth: Int) throws -> Float {
        let usual = 1 / Float(headWidth).squareRoot()
        var scales: Set<Float> = []
        for layer in 0..<layers {
            for block in ["self_attention", "attention"] {
                let scope = "\(side)/layer_\(layer)/\(block)"
                guard store.containsAny(withPrefix: scope + "/") else { continue }
                let name = scope + "/queries_scale"
                let scale = store.attribute(name) ?? usual
                guard scale.isFinite else {
                    throw InferenceError(.corrupt, "'\(path)': '\(name)' is \(scale), expected a finite number.")
                }
                scales.insert(scale)
                try require(scope + "/head_dim", equals: headWidth)
                try require(scope + "/num_heads_kv", equals: nil)
            }
        }
        guard scales.count <= 1 else {
            throw InferenceError(.unsupported, "'\(path)': attention scales differ between the layers of the \(side).")
        }
        return scales.first ?? usual
    }

    private func require(_ name: String, equals expected: Int?) throws {
        guard store.contains(name), let value = store.attribute(name) else { return }
        guard let expected, value == Float(expected) else {
            throw InferenceError(.unsupported, "'\(path)': '\(name)' is \(value), which this engine does not run.")
        }
    }

    /// Parts of other architectures, refused by what they are.
    private func refuseUnknownParts(_ side: String) throws {
        let parts = [
            ("self_attention/relative_position_keys", "relative positions"),
            ("self_attention/relative_attention_bias", "relative attention bias (T5)"),
            ("self_attention/relative_asymmetric_position_keys", "asymmetric relative positions"),
            ("self_attention/rotary_dim", "rotary positions"),
            ("self_attention/q_norm/gamma", "normalised queries"),
            ("post_feedforward_layer_norm/gamma", "norms before and after each block"),
            ("shared_layer_norm/gamma", "parallel residual blocks"),
        ]
        for (name, meaning) in parts where store.contains("\(side)/layer_0/\(name)") {
            throw InferenceError(.unsupported, "'\(path)' uses \(meaning), which this engine does not run.")
        }
        for name in ["alibi", "sliding_window", "multi_query_attention", "multi_query"] {
            if let value = store.binary.variables["\(side)/\(name)"]?.scalar, value != 0 {
                throw InferenceError(.unsupported, "'\(path)' uses '\(name)', which this engine does not run.")
            }
        }
    }
}
