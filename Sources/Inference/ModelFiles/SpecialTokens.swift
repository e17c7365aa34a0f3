internal import Foundation

/// What `config.json` says about the tokens that frame a sequence. Models of binary version 5 and older keep the same
/// in attributes inside `model.bin`.
struct SpecialTokens: Codable, Sendable {
    var beginning = "<s>"
    var end = "</s>"
    var unknown = "<unk>"
    /// The token decoding starts from; nil where the caller gives it as the first target token.
    var decoderStart: String? = "<s>"
    var addsSourceBeginning = false
    var addsSourceEnd = false
    /// Overrides the layer norms' own default.
    var layerNormEpsilon: Float?

    /// The keys of `config.json` that matter here.
    private struct File: Decodable {
        var bos_token: String?
        var eos_token: String?
        var unk_token: String?
        var decoder_start_token: String?
        var add_source_bos: Bool?
        var add_source_eos: Bool?
        var layer_norm_epsilon: Float?
        var quantization_type: Int?
    }

    /// Reads the configuration that belongs to a model directory.
    /// - Parameter attributes: what the model file itself says, for models of binary version 5 and older; `config.json`
    ///   then only adds the layer norms' epsilon, and may be absent.
    init(directory: String, attributes: SpecialTokens?) throws {
        let path = directory + "/config.json"
        if FileManager.default.fileExists(atPath: path) {
            try read(path)
        } else if attributes == nil {
            throw InferenceError(.missing, "Cannot open '\(path)': the model needs it.")
        }
        guard let attributes else { return }
        let epsilon = layerNormEpsilon
        self = attributes
        layerNormEpsilon = epsilon
    }

    private mutating func read(_ path: String) throws {
        let file: File
        do {
            file = try JSONDecoder().decode(File.self, from: FileAccess.read(path, limit: 1 << 20))
        } catch let error as InferenceError {
            throw error
        } catch {
            throw InferenceError(
                .corrupt,
                "'\(path)' is not the JSON object CTranslate2 writes beside a model.",
                cause: error
            )
        }
        if let type = file.quantization_type, type != 0 {
            throw InferenceError(.unsupported, "'\(path)' asks for AWQ quantisation, which this engine does not run.")
        }
        beginning = file.bos_token ?? beginning
        end = file.eos_token ?? end
        unknown = file.unk_token ?? unknown
        decoderStart = file.decoder_start_token
        addsSourceBeginning = file.add_source_bos ?? false
        addsSourceEnd = file.add_source_eos ?? false
        if let epsilon = file.layer_norm_epsilon, !(epsilon >= 0 && epsilon < 1) {
            throw InferenceError(
                .corrupt,
                "'\(path)': 'layer_norm_epsilon' is \(epsilon), expected 0 or more and less than 1."
            )
        }
        layerNormEpsilon = file.layer_norm_epsilon
    }

    /// The attributes of a model file of binary version 5 or older; nil for a newer one.
    init?(attributesOf binary: ModelBinary) {
        guard binary.version < 6 else { return nil }
        func flag(_ name: String, _ fallback: Bool) -> Bool {
            binary.variables[name]?.scalar.map { $0 != 0 } ?? fallback
        }
        func text(_ name: String, _ fallback: String) -> String {
            binary.variables[name].map { String(decoding: $0.bytes, as: UTF8.self) } ?? fallback
        }
        unknown = text("unk_token", "<unk>")
        beginning = text("bos_token", "<s>")
        end = text("eos_token", "</s>")
        addsSourceBeginning = flag("with_source_bos", false)
        addsSourceEnd = flag("with_source_eos", false)
        if flag("user_decoder_start_tokens", false) {
            decoderStart = nil
        } else {
            decoderStart = flag("with_target_bos", true) ? beginning : end
        }
    }
}
