import Foundation
import Inference
import MachineTranslation
import TemporaryFolders
import Testing

/// Packages of Argos Translate, as folders.
struct ArgosPackageTests {
    /// The files of a package that really translates.
    static func files(metadata: String = metadata, tokens: [String] = []) throws -> [String: Data] {
        var model = TinyModel(vocabulary: try TinyModel.vocabulary(with: tokens))
        model.configuration = #"{"add_source_eos": true, "decoder_start_token": "<s>"}"#
        var files = try model.files.reduce(into: [:]) { $0["model/\($1.key)"] = $1.value }
        files["metadata.json"] = Data(metadata.utf8)
        files["sentencepiece.model"] = try Repository.data("Models/starter/sentencepiece.model")
        return files
    }

    static let metadata = #"{"package_version": "1.9", "argos_version": "1.9", "from_code": "en", "to_code": "es"}"#

    private func folder(_ files: [String: Data]) throws -> TemporaryFolder {
        let folder = try TemporaryFolder(name: "translate-en_es-1_9")
        for (name, data) in files { try folder.write(data, name) }
        return folder
    }

    @Test func packageFolder_describesItselfAndTranslates() async throws {
        let folder = try folder(Self.files())
        let model = try TestModels.load(folder.path)
        #expect(model.description.family == .argos)
        #expect(model.description.name == "translate-en_es-1_9")
        #expect(model.description.version == "1.9")
        #expect(model.description.pairs == [LanguagePair(source: "en", target: "es")])
        #expect(model.description.weightsDirectory == folder.path + "/model")
        let translator = NeuralTranslator(model, pair: .init(source: "en", target: "es"))
        let result = try await translator.translate(["Good morning, everyone."], options: .init(guards: false))
        #expect(result.count == 1 && result[0].text.isEmpty == false && result[0].remark == nil)
    }

    @Test func targetPrefix_beginsEveryOutputAndIsRemoved() async throws {
        let metadata = #"{"from_code": "en", "to_code": "es", "target_prefix": "__es__"}"#
        let model = try TestModels.load(folder(Self.files(metadata: metadata, tokens: ["__es__"])).path)
        let pair = LanguagePair(source: "en", target: "es")
        let prefix = try model.targetPrefix(for: pair)
        #expect(model.engine.model.targetVocabulary.tokens(of: prefix) == ["__es__"])
        let translation = try await NeuralTranslator(model, pair: pair).translate(
            ["Hello"],
            options: .init(guards: false)
        )
        #expect(!translation[0].text.contains("__es__"))
    }

    @Test func targetPrefixOutsideTheVocabulary_isRefused() async throws {
        let metadata = #"{"from_code": "en", "to_code": "es", "target_prefix": "__xx__"}"#
        let model = try TestModels.load(folder(Self.files(metadata: metadata)).path)
        let translator = NeuralTranslator(model, pair: .init(source: "en", target: "es"))
        let error = await #expect(throws: MachineTranslationError.self) {
            try await translator.translate(["Hello"], options: .init())
        }
        #expect(error?.message.contains("'__xx__'") == true)
    }

    @Test func packageWithBPE_isRefusedByName() throws {
        var files = try Self.files()
        files["bpe.model"] = files.removeValue(forKey: "sentencepiece.model")
        let error = try #require(throws: MachineTranslationError.self) {
            try ModelLocator().describe(folder(files).path)
        }
        #expect(error.code == .modelUnsupported)
        #expect(error.message.contains("'bpe.model'"))
    }

    @Test func packageWithoutATokenizer_isRefused() throws {
        var files = try Self.files()
        files["sentencepiece.model"] = nil
        let error = try #require(throws: MachineTranslationError.self) {
            try ModelLocator().describe(folder(files).path)
        }
        #expect(error.message.contains("'sentencepiece.model'"))
    }

    @Test(arguments: ["", "{}", #"{"from_code": "en"}"#, #"{"from_code": 1, "to_code": "es"}"#, "[]"])
    func wrongMetadata_isRefusedWithTheFilesName(json: String) throws {
        var files = try Self.files()
        files["metadata.json"] = Data(json.utf8)
        let error = try #require(throws: MachineTranslationError.self) {
            try ModelLocator().describe(folder(files).path)
        }
        #expect(error.code == .modelCorrupt)
        #expect(error.message.contains("metadata.json'"))
    }

    @Test(arguments: ["model.bin", "config.json", "shared_vocabulary.json"])
    func packageThatLacksAModelFile_isRefusedWhenLoaded(name: String) throws {
        var files = try Self.files()
        files["model/\(name)"] = nil
        let folder = try folder(files)
        #expect(throws: (any Error).self) { try TestModels.load(folder.path) }
    }
}
