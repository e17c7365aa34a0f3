import Foundation
import Inference
import Testing

/// A model directory for one test to damage; removed with the last reference to it.
final class HostileFolder {
    let url: URL
    var path: String { url.path }

    /// An empty directory.
    init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "hostile-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    /// A copy of a model directory.
    convenience init(copying model: URL) throws {
        try self.init()
        for name in try FileManager.default.contentsOfDirectory(atPath: model.path) {
            try Data(contentsOf: model.appending(path: name)).write(to: url.appending(path: name))
        }
    }

    /// A model with the configuration and vocabulary of ``ModelFile/tiny(_:)``.
    convenience init(_ model: ModelFile) throws {
        try self.init()
        try write(model.data, "model.bin")
        try write(Data(#"{"add_source_eos": true, "decoder_start_token": "<s>"}"#.utf8), "config.json")
        let tokens = ["<unk>", "<s>", "</s>"] + (3..<ModelFile.tinyVocabulary).map { "t\($0)" }
        try write(JSONEncoder().encode(tokens), "shared_vocabulary.json")
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func write(_ data: Data, _ name: String) throws { try data.write(to: url.appending(path: name)) }

    func read(_ name: String) throws -> Data { try Data(contentsOf: url.appending(path: name)) }

    func remove(_ name: String) throws { try FileManager.default.removeItem(at: url.appending(path: name)) }

    /// Names of the files that a model consists of.
    var files: [String] {
        get throws {
            let names = try FileManager.default.contentsOfDirectory(atPath: path).sorted()
            return names.filter { $0 == "model.bin" || $0 == "config.json" || $0.contains("vocabulary") }
        }
    }
}

extension HostileFolder {
    /// What became of an attempt to load the model and translate with it.
    enum Outcome {
        case loaded
        /// The model loaded, and then refused to translate.
        case failed(InferenceError)
        case refused(InferenceError)

        var refusal: InferenceError? {
            if case .refused(let error) = self { error } else { nil }
        }
    }

    /// Loads the model, translates and scores a few tokens with it, and expects every failure to come with words.
    func attempt(_ compute: ComputeType = .int8, cache: String? = nil, damage: String = "") async -> Outcome {
        do {
            var options = TransformerModel.Options(compute: compute)
            options.cacheFolder = cache
            let model = try TransformerModel(directory: path, options: options)
            return await run(model, damage)
        } catch let error as InferenceError {
            #expect(error.message.contains(path), "the message names no file: \(error.message) (\(damage))")
            #expect(error.message.count < 500, "the message is too long: \(error.message) (\(damage))")
            return .refused(error)
        } catch {
            Issue.record(error, "another error than the module's own (\(damage))")
            return .loaded
        }
    }

    private func run(_ model: TransformerModel, _ damage: String) async -> Outcome {
        do {
            let engine = try InferenceEngine(model: model)
            var options = DecodingOptions()
            options.maximumLength = 5
            options.hypotheses = 2
            options.returnsAttention = true
            let last = Int32(model.sourceVocabulary.count - 1)
            let source = [0, last / 2, last]
            _ = try await engine.generate([GenerationRequest(source: source, prefix: [0], options: options)])
            _ = try await engine.score([ScoringRequest(source: source, target: [0, 0])])
            return .loaded
        } catch let error as InferenceError {
            #expect(!error.message.isEmpty)
            return .failed(error)
        } catch {
            Issue.record(error, "another error than the module's own (\(damage))")
            return .loaded
        }
    }
}
