import Foundation
import TemporaryFolders

/// A whole CTranslate2 model of one layer a side with random weights, so small that it is written, loaded and run in
/// milliseconds. What it says means nothing; that it says it is the test.
struct TinyModel {
    /// Tokens of both sides, by id.
    var vocabulary: [String]
    /// The text of config.json.
    var configuration = #"{"add_source_bos": false, "add_source_eos": false, "decoder_start_token": "</s>"}"#

    private static let width: UInt32 = 16
    private static let inner: UInt32 = 32

    /// Special tokens, some more, and all pieces of the starter's tokenizer.
    static func vocabulary(with tokens: [String] = []) throws -> [String] {
        let data = try Repository.data("Models/starter/shared_vocabulary.json")
        let pieces = try JSONDecoder().decode([String].self, from: data).filter { !$0.hasPrefix("<") }
        return ["<unk>", "<s>", "</s>"] + tokens + pieces
    }

    /// Writes model.bin, config.json and the vocabulary below `folder`.
    func write(to folder: TemporaryFolder, under prefix: String = "") throws {
        for (name, data) in try files { try folder.write(data, prefix + name) }
    }

    /// The three files by name.
    var files: [String: Data] {
        get throws {
            [
                "model.bin": weights, "config.json": Data(configuration.utf8),
                "shared_vocabulary.json": try JSONEncoder().encode(vocabulary),
            ]
        }
    }

    private var weights: Data {
        var file = ModelBinary()
        let tokens = UInt32(vocabulary.count)
        for name in ["encoder/embeddings_0", "decoder/embeddings", "decoder/projection"] {
            file.add("\(name)/weight", [tokens, Self.width])
        }
        file.add("decoder/projection/bias", [tokens])
        for side in ["encoder", "decoder"] {
            file.add("\(side)/num_heads", value: 2)
            file.add("\(side)/pre_norm", value: 1)
            file.add("\(side)/activation", value: 0)
            file.add("\(side)/scale_embeddings", value: 1)
            file.addNorm(side, Self.width)
            file.addAttention("\(side)/layer_0/self_attention", [3, 1], Self.width)
            if side == "decoder" { file.addAttention("\(side)/layer_0/attention", [1, 2, 1], Self.width) }
            file.addNorm("\(side)/layer_0/ffn", Self.width)
            file.addLinear("\(side)/layer_0/ffn/linear_0", Self.inner, Self.width)
            file.addLinear("\(side)/layer_0/ffn/linear_1", Self.width, Self.inner)
        }
        return file.data
    }
}

/// The variables of a model.bin of binary version 6, all float32 but the attributes.
private struct ModelBinary {
    private var variables = Data()
    private var count: UInt32 = 0

    var data: Data {
        var out = Data()
        Self.append(UInt32(6), to: &out)
        Self.append("TransformerSpec", to: &out)
        Self.append(UInt32(7), to: &out)
        Self.append(count, to: &out)
        out.append(variables)
        Self.append(UInt32(0), to: &out)
        return out
    }

    mutating func addNorm(_ scope: String, _ width: UInt32) {
        add("\(scope)/layer_norm/gamma", [width], center: 1)
        add("\(scope)/layer_norm/beta", [width])
    }

    mutating func addLinear(_ scope: String, _ outputs: UInt32, _ inputs: UInt32) {
        add("\(scope)/weight", [outputs, inputs])
        add("\(scope)/bias", [outputs])
    }

    mutating func addAttention(_ scope: String, _ multiples: [UInt32], _ width: UInt32) {
        addNorm(scope, width)
        for (index, multiple) in multiples.enumerated() {
            addLinear("\(scope)/linear_\(index)", multiple * width, width)
        }
    }

    /// A tensor of random numbers around `center`, the same at every run.
    mutating func add(_ name: String, _ shape: [UInt32], center: Float = 0) {
        var generator = SeededGenerator(seed: name.utf8.reduce(7) { $0 &* 31 &+ UInt64($1) })
        header(name, shape, type: 0, size: shape.reduce(4, *))
        for _ in 0..<shape.reduce(1, *) {
            Self.append((center + Float.random(in: -0.5..<0.5, using: &generator)).bitPattern, to: &variables)
        }
    }

    /// An attribute of eight bits.
    mutating func add(_ name: String, value: Int8) {
        header(name, [], type: 1, size: 1)
        variables.append(UInt8(bitPattern: value))
    }

    private mutating func header(_ name: String, _ shape: [UInt32], type: UInt8, size: UInt32) {
        count += 1
        Self.append(name, to: &variables)
        variables.append(UInt8(shape.count))
        for dimension in shape { Self.append(dimension, to: &variables) }
        variables.append(type)
        Self.append(size, to: &variables)
    }

    private static func append(_ number: some FixedWidthInteger, to out: inout Data) {
        withUnsafeBytes(of: number.littleEndian) { out.append(contentsOf: $0) }
    }

    private static func append(_ text: String, to out: inout Data) {
        append(UInt16(text.utf8.count + 1), to: &out)
        out.append(contentsOf: text.utf8)
        out.append(0)
    }
}
