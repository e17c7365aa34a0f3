/// The variables of a model file, handed out by name and with their shapes checked; remembers which were asked for, so
/// that anything a model has and this engine does not know is refused instead of ignored.
final class VariableStore {
    let binary: ModelBinary
    private let names: [String]
    private var used: Set<String> = []

    init(_ binary: ModelBinary) {
        self.binary = binary
        names = binary.variables.keys.sorted()
    }

    /// A tensor of the given shape. A nil dimension may have any positive size.
    func tensor(_ name: String, shape: [Int?]) throws -> StoredTensor {
        guard let tensor = binary.variables[name] else {
            throw InferenceError(.corrupt, "'\(binary.path)' lacks the variable '\(name)'.")
        }
        used.insert(name)
        let fits = tensor.shape.count == shape.count && zip(tensor.shape, shape).allSatisfy { $0 > 0 && $0 == $1 ?? $0 }
        guard fits else {
            let expected = shape.map { $0.map(String.init) ?? "any" }.joined(separator: ", ")
            throw InferenceError(
                .corrupt,
                "'\(binary.path)': '\(name)' has shape \(tensor.shape), expected [\(expected)]."
            )
        }
        return tensor
    }

    /// A tensor of the given shape, or nil where the model lacks it.
    func optionalTensor(_ name: String, shape: [Int?]) throws -> StoredTensor? {
        binary.variables[name] == nil ? nil : try tensor(name, shape: shape)
    }

    func contains(_ name: String) -> Bool { binary.variables[name] != nil }

    /// The first of `names` that the model has.
    func firstExisting(_ names: [String]) -> String? { names.first(where: contains) }

    /// Whether any variable's name starts with `prefix`.
    func containsAny(withPrefix prefix: String) -> Bool {
        // The first name that does not come before the prefix; a damaged file has too many names to look at all.
        var (low, high) = (0, names.count)
        while low < high {
            let middle = (low + high) / 2
            if names[middle] < prefix { low = middle + 1 } else { high = middle }
        }
        return low < names.count && names[low].hasPrefix(prefix)
    }

    /// A scalar attribute; older models keep some of them without the scope.
    func attribute(_ name: String, in scope: String? = nil) -> Float? {
        for candidate in [scope.map { $0 + "/" + name }, name].compactMap({ $0 }) {
            if let value = binary.variables[candidate]?.scalar {
                used.insert(candidate)
                return value
            }
        }
        return nil
    }

    /// A scalar attribute that must be a whole number within a range.
    func integer(_ name: String, in scope: String? = nil, range: ClosedRange<Int>, fallback: Int) throws -> Int {
        guard let value = attribute(name, in: scope) else { return fallback }
        guard let whole = Int(exactly: value), range.contains(whole) else {
            throw InferenceError(
                .corrupt,
                "'\(binary.path)': the attribute '\(name)' is \(value), expected \(range.lowerBound) to \(range.upperBound)."
            )
        }
        return whole
    }

    /// Refuses the model if a variable is left that nobody asked for, other than attributes without effect.
    func refuseLeftovers() throws {
        for name in names where !used.contains(name) {
            guard let tensor = binary.variables[name], !Self.isWithoutEffect(name, tensor) else { continue }
            throw InferenceError(
                .unsupported,
                "'\(binary.path)' has the variable '\(name)', which belongs to a kind of model this engine does not run."
            )
        }
    }

    /// Attributes that say what is the default here, or describe the files beside the weights.
    private static func isWithoutEffect(_ name: String, _ tensor: StoredTensor) -> Bool {
        let last = name.split(separator: "/").last.map(String.init) ?? name
        switch last {
        case "unk_token", "bos_token", "eos_token", "with_source_bos", "with_source_eos", "with_target_bos",
            "user_decoder_start_tokens", "alibi_use_positive_positions", "rotary_interleave", "embeddings_merge":
            return true
        case "alibi", "scale_alibi", "multi_query_attention", "multi_query", "sliding_window",
            "layer_norm_use_residual", "final_logit_softcapping":
            return tensor.scalar == 0
        case "layer_scalar", "scale_outputs":
            return tensor.scalar == 1
        default:
            // Tokens' alias tables and scales of tensors that were read through another name.
            return name.hasSuffix("_scale")
        }
    }
}
