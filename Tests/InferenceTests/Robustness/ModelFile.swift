import Foundation

/// A model.bin in parts, each of which can be made to lie.
struct ModelFile {
    /// A variable with what its header announces.
    struct Variable {
        var name: String
        /// The dimensions; also the rank, unless `rank` says otherwise.
        var shape: [UInt32]
        var type: UInt8
        var data: Data
        var rank: UInt8?
        /// The size that is announced where it is not that of `data`.
        var size: UInt32?
    }

    var version: UInt32 = 6
    var specification = "TransformerSpec"
    var revision: UInt32 = 7
    var variables: [Variable] = []
    var aliases: [(alias: String, name: String)] = []
    /// The counts that are announced where they are not the true ones.
    var variableCount: UInt32?
    var aliasCount: UInt32?

    subscript(name: String) -> Variable? {
        get { variables.first { $0.name == name } }
        set {
            if let index = variables.firstIndex(where: { $0.name == name }) {
                if let newValue { variables[index] = newValue } else { variables.remove(at: index) }
            } else if let newValue {
                variables.append(newValue)
            }
        }
    }

    /// The file, laid out as CTranslate2 does from binary version 4 on.
    var data: Data {
        var out = Data()
        append(version, to: &out)
        append(specification, to: &out)
        append(revision, to: &out)
        append(variableCount ?? UInt32(variables.count), to: &out)
        for variable in variables {
            append(variable.name, to: &out)
            out.append(variable.rank ?? UInt8(variable.shape.count))
            for dimension in variable.shape { append(dimension, to: &out) }
            out.append(variable.type)
            append(variable.size ?? UInt32(variable.data.count), to: &out)
            out.append(variable.data)
        }
        append(aliasCount ?? UInt32(aliases.count), to: &out)
        for (alias, name) in aliases {
            append(alias, to: &out)
            append(name, to: &out)
        }
        return out
    }

    private func append(_ number: UInt32, to out: inout Data) {
        withUnsafeBytes(of: number.littleEndian) { out.append(contentsOf: $0) }
    }

    private func append(_ text: String, to out: inout Data) {
        let bytes = Array(text.utf8) + [0]
        out.append(UInt8(truncatingIfNeeded: bytes.count))
        out.append(UInt8(truncatingIfNeeded: bytes.count >> 8))
        out.append(contentsOf: bytes)
    }
}

// MARK: - A tiny model

extension ModelFile {
    /// Tokens of each side of ``tiny(_:)``.
    static let tinyVocabulary = 10
    private static let width: UInt32 = 8
    private static let inner: UInt32 = 12

    /// A whole pre-norm model of one layer a side, in a few kilobytes.
    static func tiny(_ weights: RandomModelManifest.ElementType) -> ModelFile {
        var file = ModelFile()
        let floats: RandomModelManifest.ElementType = weights == .float16 || weights == .bfloat16 ? weights : .float32
        let tokens = UInt32(tinyVocabulary)
        file.addMatrix("encoder/embeddings_0", [tokens, width], weights, floats)
        file.addMatrix("decoder/embeddings", [tokens, width], weights, floats)
        file.addMatrix("decoder/projection", [tokens, width], weights, floats)
        for side in ["encoder", "decoder"] {
            file.addAttribute("\(side)/num_heads", 2, .int16)
            file.addAttribute("\(side)/pre_norm", 1, .int8)
            file.addAttribute("\(side)/activation", 0, .int8)
            file.addAttribute("\(side)/scale_embeddings", 1, .int8)
            file.addNorm("\(side)", floats)
            let layer = "\(side)/layer_0"
            file.addAttention("\(layer)/self_attention", [3, 1], weights, floats)
            if side == "decoder" { file.addAttention("\(layer)/attention", [1, 2, 1], weights, floats) }
            file.addNorm("\(layer)/ffn", floats)
            file.addMatrix("\(layer)/ffn/linear_0", [inner, width], weights, floats)
            file.addMatrix("\(layer)/ffn/linear_1", [width, inner], weights, floats)
        }
        file.addAttribute("decoder/start_from_zero_embedding", 0, .int8)
        file.addAttribute("decoder/alignment_layer", -1, .int16)
        file.addAttribute("decoder/alignment_heads", 1, .int16)
        return file
    }

    private mutating func addAttention(
        _ scope: String,
        _ multiples: [UInt32],
        _ weights: RandomModelManifest.ElementType,
        _ floats: RandomModelManifest.ElementType
    ) {
        addNorm(scope, floats)
        for (index, multiple) in multiples.enumerated() {
            addMatrix("\(scope)/linear_\(index)", [multiple * Self.width, Self.width], weights, floats)
        }
    }

    private mutating func addNorm(_ scope: String, _ floats: RandomModelManifest.ElementType) {
        addTensor("\(scope)/layer_norm/gamma", [Self.width], floats) { _ in 1 }
        addTensor("\(scope)/layer_norm/beta", [Self.width], floats) { _ in 0 }
    }

    /// A weight with its scale, where its type has one, and a bias where it is no embedding.
    private mutating func addMatrix(
        _ scope: String,
        _ shape: [UInt32],
        _ weights: RandomModelManifest.ElementType,
        _ floats: RandomModelManifest.ElementType
    ) {
        let numbers = RandomModelWriter.Numbers(model: "tiny", variable: scope)
        let uniform = { RandomModelWriter.uniform(numbers($0), center: 0, range: 1) }
        switch weights {
        case .int8:
            addTensor("\(scope)/weight", shape, .int8) { (uniform($0) * 254).rounded() }
            addTensor("\(scope)/weight_scale", [shape[0]], .float32) { _ in 254 }
        case .int16:
            addTensor("\(scope)/weight", shape, .int16) { (uniform($0) * 2046).rounded() }
            addTensor("\(scope)/weight_scale", [], .float32) { _ in 2046 }
        default:
            addTensor("\(scope)/weight", shape, weights, uniform)
        }
        if !scope.contains("embeddings") { addTensor("\(scope)/bias", [shape[0]], floats) { _ in 0.01 } }
    }

    /// A scalar.
    mutating func addAttribute(_ name: String, _ value: Float, _ type: RandomModelManifest.ElementType) {
        self[name] = nil
        addTensor(name, [], type) { _ in value }
    }

    /// A tensor whose elements are computed from their index.
    mutating func addTensor(
        _ name: String,
        _ shape: [UInt32],
        _ type: RandomModelManifest.ElementType,
        _ element: (Int) -> Float
    ) {
        var data = Data()
        for index in 0..<shape.reduce(1, { $0 * Int($1) }) { Self.append(element(index), type, to: &data) }
        variables.append(Variable(name: name, shape: shape, type: type.code, data: data))
    }

    private static func append(_ value: Float, _ type: RandomModelManifest.ElementType, to data: inout Data) {
        func put(_ number: some FixedWidthInteger) {
            withUnsafeBytes(of: number.littleEndian) { data.append(contentsOf: $0) }
        }
        switch type {
        case .float32: put(value.bitPattern)
        case .float16: put(RandomModelWriter.float16Bits(value))
        case .bfloat16: put(RandomModelWriter.bfloat16Bits(value))
        case .int8: put(Int8(value))
        case .int16: put(Int16(value))
        case .int32: put(Int32(value))
        }
    }
}
