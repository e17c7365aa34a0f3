import Foundation
import Inference
import Testing

/// Models of kinds that CTranslate2 knows and this engine does not run are refused by what they are.
struct UnsupportedModelTests {
    @Test(arguments: [
        ("WhisperSpec", "Whisper speech model"), ("TransformerDecoderSpec", "decoder-only language model"),
        ("TransformerEncoderSpec", "encoder-only model"), ("Wav2Vec2Spec", "Wav2Vec2 speech model"),
        ("TransformerDecoderModelSpec", "of the kind"), ("TransformerEncoderModelSpec", "of the kind"),
        ("BananaSpec", "of the kind"),
    ])
    func specification(name: String, kind: String) async throws {
        var file = ModelFile.tiny(.int8)
        file.specification = name
        let error = try #require(await HostileFolder(file).attempt().refusal)
        #expect(error.code == .unsupported)
        #expect(error.message.contains("'\(name)'") && error.message.contains(kind), "\(error)")
        #expect(error.message.contains("encoder–decoder"))
    }

    /// A variable that gives away a part the engine lacks, its shape and number, and the name of the part.
    struct Part: Sendable, CustomTestStringConvertible {
        var variable: String
        var shape: [UInt32] = []
        var value: Float = 1
        var meaning: String

        var testDescription: String { meaning }
    }

    @Test(arguments: [
        Part(
            variable: "encoder/layer_0/self_attention/relative_position_keys",
            shape: [5, 4],
            meaning: "relative positions"
        ),
        Part(
            variable: "decoder/layer_0/self_attention/relative_attention_bias",
            shape: [2, 4],
            meaning: "relative attention bias"
        ),
        Part(
            variable: "encoder/layer_0/self_attention/relative_asymmetric_position_keys",
            shape: [5, 4],
            meaning: "asymmetric relative positions"
        ),
        Part(variable: "encoder/layer_0/self_attention/rotary_dim", value: 4, meaning: "rotary positions"),
        Part(variable: "encoder/layer_0/self_attention/q_norm/gamma", shape: [4], meaning: "normalised queries"),
        Part(variable: "decoder/layer_0/shared_layer_norm/gamma", shape: [8], meaning: "parallel residual blocks"),
        Part(variable: "decoder/alibi", meaning: "'alibi'"),
        Part(variable: "encoder/sliding_window", value: 64, meaning: "'sliding_window'"),
        Part(variable: "decoder/multi_query_attention", meaning: "'multi_query_attention'"),
        Part(variable: "decoder/layer_0/self_attention/num_heads_kv", meaning: "num_heads_kv"),
        Part(variable: "encoder/embeddings_1/weight", shape: [10, 8], meaning: "source features"),
        Part(variable: "decoder/final_logit_softcapping", value: 30, meaning: "'decoder/final_logit_softcapping'"),
    ])
    func part(part: Part) async throws {
        var file = ModelFile.tiny(.float32)
        file.addTensor(part.variable, part.shape, .float32) { _ in part.value }
        let error = try #require(await HostileFolder(file).attempt().refusal)
        #expect(error.code == .unsupported)
        #expect(error.message.contains(part.meaning) && error.message.contains("does not run"), "\(error)")
    }

    @Test(arguments: ["decoder/alibi", "decoder/multi_query_attention", "encoder/sliding_window"])
    func partThatIsSwitchedOff_loads(name: String) async throws {
        var file = ModelFile.tiny(.float32)
        file.addAttribute(name, 0, .int8)
        #expect(try await HostileFolder(file).attempt().refusal == nil)
    }

    @Test func integerWeightsOf32Bits_areRefused() async throws {
        var file = ModelFile.tiny(.float32)
        let name = "decoder/layer_0/ffn/linear_0/weight"
        file[name]?.type = RandomModelManifest.ElementType.int32.code
        file.addTensor(name + "_scale", [12], .float32) { _ in 1 }
        let error = try #require(await HostileFolder(file).attempt().refusal)
        #expect(error.code == .unsupported)
        #expect(error.message.contains(name) && error.message.contains("AWQ"), "\(error)")
    }
}
