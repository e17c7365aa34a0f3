import Foundation
import Inference
import Testing

/// Attributes, scales and weights of values that no converter writes.
struct ModelValueTests {
    /// An attribute's value, and whether it is refused; others must load and run.
    struct Attribute: Sendable, CustomTestStringConvertible {
        var name: String
        var value: Float
        var type: RandomModelManifest.ElementType
        var isRefused: Bool

        init(_ name: String, _ value: Float, _ type: RandomModelManifest.ElementType = .float32, refused: Bool = true) {
            self.name = name
            self.value = value
            self.type = type
            isRefused = refused
        }

        var testDescription: String { "\(name) = \(value)" }
    }

    private static let attributes: [Attribute] = [
        Attribute("encoder/num_heads", 0, .int16), Attribute("decoder/num_heads", -1, .int16),
        Attribute("encoder/num_heads", 3, .int16), Attribute("encoder/num_heads", 32767, .int16),
        Attribute("encoder/num_heads", .nan), Attribute("encoder/num_heads", 2.5),
        Attribute("encoder/num_heads", 8, .int8, refused: false),
        Attribute("decoder/activation", 99, .int8), Attribute("decoder/activation", -1, .int8),
        Attribute("encoder/activation", .infinity), Attribute("decoder/activation", 6, .int8, refused: false),
        Attribute("decoder/alignment_layer", -2, .int16), Attribute("decoder/alignment_layer", 1, .int16),
        Attribute("decoder/alignment_layer", -32768, .int16),
        Attribute("decoder/alignment_layer", 0, .int16, refused: false),
        Attribute("decoder/alignment_heads", 3, .int16), Attribute("decoder/alignment_heads", -1, .int16),
        Attribute("decoder/alignment_heads", 0, .int16, refused: false),
        Attribute("encoder/scale_embeddings", .nan), Attribute("encoder/scale_embeddings", .infinity),
        Attribute("encoder/scale_embeddings", 0, refused: false),
        Attribute("encoder/layer_0/self_attention/queries_scale", .nan),
        Attribute("decoder/layer_0/attention/queries_scale", -.infinity),
        Attribute("decoder/layer_0/attention/queries_scale", 0.25),
        Attribute("encoder/layer_0/self_attention/queries_scale", 1e30, refused: false),
        Attribute("encoder/layer_0/self_attention/head_dim", 3, .int32),
        Attribute("encoder/layer_0/self_attention/head_dim", 4, .int32, refused: false),
        Attribute("encoder/pre_norm", .nan, refused: false),
        Attribute("decoder/start_from_zero_embedding", -7, .int8, refused: false),
    ]

    @Test(arguments: attributes)
    func attribute(attribute: Attribute) async throws {
        var file = ModelFile.tiny(.float32)
        file.addAttribute(attribute.name, attribute.value, attribute.type)
        let error = try await HostileFolder(file).attempt().refusal
        #expect((error != nil) == attribute.isRefused, "\(error?.message ?? "it loads")")
        guard let error else { return }
        let name = attribute.name.split(separator: "/").last ?? ""
        // Some refusals speak of what the attribute means.
        #expect(error.message.contains(name) || error.message.contains("heads") || error.message.contains("scales"))
    }

    @Test(arguments: [Float.nan, .infinity, -.infinity, 0, -0.0, -1, .leastNonzeroMagnitude], ComputeType.allCases)
    func impossibleScale_isRefused(scale: Float, compute: ComputeType) async throws {
        for (type, row) in [(RandomModelManifest.ElementType.int8, 3), (.int16, 0)] {
            var file = ModelFile.tiny(type)
            let name = "decoder/layer_0/ffn/linear_0/weight_scale"
            file[name]?.data.replaceSubrange(
                row * 4..<row * 4 + 4,
                with: withUnsafeBytes(of: scale.bitPattern, Array.init)
            )
            let error = try #require(await HostileFolder(file).attempt(compute).refusal)
            #expect(
                error.message.contains("the scale of row \(row) of 'decoder/layer_0/ffn/linear_0/weight' is \(scale)")
            )
        }
    }

    @Test(arguments: HostileModels.elementTypes, ComputeType.allCases)
    func numbersThatAreNone_neverCrash(type: RandomModelManifest.ElementType, compute: ComputeType) async throws {
        let whole = ModelFile.tiny(type)
        for index in whole.variables.indices where whole.variables[index].data.count > 4 {
            // All bits set is a NaN in every float, and 0x7F80 an infinity in bfloat16 and float32.
            for pattern in [[UInt8](repeating: 0xFF, count: 4), [0x80, 0x7F, 0x80, 0x7F], [0, 0x7C, 0, 0x7C]] {
                var file = whole
                file.variables[index].data.replaceSubrange(0..<4, with: pattern)
                _ = try await HostileFolder(file).attempt(compute, damage: file.variables[index].name)
            }
        }
    }

    @Test func scoresThatAreNoNumbers_endInAnError() async throws {
        var file = ModelFile.tiny(.float32)
        let count = file["decoder/layer_norm/beta"]?.data.count ?? 0
        file["decoder/layer_norm/beta"]?.data = Data(repeating: 0xFF, count: count)
        guard case .failed(let error) = try await HostileFolder(file).attempt(.float32) else {
            Issue.record("NaN logits gave a translation")
            return
        }
        #expect(error.code == .corrupt)
        #expect(error.message.contains("finite"))
    }

    @Test(arguments: [
        (#"{"layer_norm_epsilon": -1}"#, "layer_norm_epsilon"),
        (#"{"layer_norm_epsilon": 1e38}"#, "layer_norm_epsilon"),
        (#"{"layer_norm_epsilon": 1e999}"#, "JSON"), (#"{"eos_token": 7}"#, "JSON"), ("[]", "JSON"), ("{", "JSON"),
        ("\u{0}", "JSON"), (String(repeating: "[", count: 100_000), "JSON"), (#"{"quantization_type": 1}"#, "AWQ"),
    ])
    func configuration_isRefused(text: String, word: String) async throws {
        let folder = try HostileFolder(ModelFile.tiny(.int8))
        try folder.write(Data(text.utf8), "config.json")
        let error = try #require(await folder.attempt().refusal)
        #expect(error.message.contains("config.json") && error.message.contains(word), "\(error)")
    }

    @Test(arguments: [
        ("[]", "0 tokens"), ("{}", "array of strings"), ("[1]", "array of strings"), ("[null]", "array of strings"),
        (#"["a""#, "array of strings"), (String(repeating: "[", count: 100_000), "array of strings"),
        (#"["a","b","c","d","e","f","g","h","i","j","k"]"#, "embeds only 10"),
    ])
    func vocabulary_isRefused(text: String, word: String) async throws {
        let folder = try HostileFolder(ModelFile.tiny(.int8))
        try folder.write(Data(text.utf8), "shared_vocabulary.json")
        let error = try #require(await folder.attempt().refusal)
        #expect(error.message.contains("vocabulary") && error.message.contains(word), "\(error)")
    }

    @Test func vocabularyOfOneTokenManyTimes_loads() async throws {
        let folder = try HostileFolder(ModelFile.tiny(.int8))
        try folder.remove("shared_vocabulary.json")
        try folder.write(Data("a\na\na\n".utf8), "shared_vocabulary.txt")
        #expect(await folder.attempt().refusal == nil)
        try folder.write(Data([0x61, 0x0A, 0xFF, 0x0A]), "shared_vocabulary.txt")
        let error = try #require(await folder.attempt().refusal)
        #expect(error.message.contains("shared_vocabulary.txt', line 2"))
    }
}
