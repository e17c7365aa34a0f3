import Foundation
import Inference
import MachineTranslation
import TemporaryFolders
import Testing

/// Conversions of OPUS-MT models: source.spm and target.spm beside the weights.
struct OpusModelTests {
    private func folder(_ name: String, tokens: [String] = []) throws -> TemporaryFolder {
        let folder = try TemporaryFolder(name: name)
        try TinyModel(vocabulary: TinyModel.vocabulary(with: tokens)).write(to: folder)
        for side in ["source.spm", "target.spm"] {
            try folder.write(Repository.data("Models/starter/sentencepiece.model"), side)
        }
        return folder
    }

    @Test(arguments: [
        ("opus-mt-en-es", "en", "es"), ("ct2-opus-mt_en_es", "en", "es"), ("opus-mt-tc-big-en-es", "en", "es"),
        ("opus-mt-mt-en", "mt", "en"), ("opus-mt-en-mt", "en", "mt"), ("en-es", "en", "es"),
        ("opus-mt-de-fr-int8", "de", "fr"),
    ])
    func foldersName_saysTheLanguages(name: String, source: String, target: String) throws {
        let folder = try folder(name)
        let model = try ModelLocator().describe(folder.path)
        #expect(model.family == .opus)
        #expect(model.pairs == [LanguagePair(source: source, target: target)])
        #expect(model.sourceTokenizer == folder.path + "/source.spm")
        #expect(model.targetTokenizer == folder.path + "/target.spm")
        #expect(model.sourcePrefix == nil)
        #expect(model.endsSource)
    }

    @Test(arguments: ["model", "opus-mt", "opus-mt-en", "opus-mt-mul-en", "opus-mt-ROMANCE-en"])
    func foldersNameWithoutBothLanguages_isRefusedWithAnExample(name: String) throws {
        let folder = try folder(name)
        let error = try #require(throws: MachineTranslationError.self) { try ModelLocator().describe(folder.path) }
        #expect(error.code == .modelUnsupported)
        #expect(error.message.contains("'opus-mt-en-es'"))
    }

    @Test(arguments: ["opus-mt-en-ROMANCE", "opus-mt-tc-big-en-roa", "opus-mt-en-mul"])
    func tagsInTheVocabulary_nameTheTargets(name: String) throws {
        let model = try ModelLocator().describe(folder(name, tokens: [">>spa<<", ">>fr<<", ">>pt_BR<<"]).path)
        let targets = ["es", "fr", "pt"].map { LanguagePair(source: "en", target: $0) }
        #expect(model.pairs == Set(targets))
    }

    @Test func tagAndEnd_reachTheEngine() async throws {
        let model = try TestModels.load(folder("opus-mt-en-ROMANCE", tokens: [">>spa<<", ">>fra<<"]).path)
        func tokens(_ target: String) throws -> [String] {
            let ids = try model.sourceIDs("Hello", for: LanguagePair(source: "en", target: target))
            return model.engine.model.sourceVocabulary.tokens(of: model.engine.model.framed(ids))
        }
        let spanish = try tokens("es")
        #expect(spanish.first == ">>spa<<")
        #expect(try tokens("fr").first == ">>fra<<")
        #expect(spanish.last == "</s>")
        #expect(spanish.filter { $0 == "</s>" }.count == 1)
        #expect(try model.targetPrefix(for: .init(source: "en", target: "es")).isEmpty)
        let translation = try await NeuralTranslator(model, pair: .init(source: "en", target: "es"))
            .translate(["Hello"], options: .init(guards: false))
        #expect(!translation[0].text.isEmpty)
    }

    @Test func engineThatEndsSourcesItself_isNotGivenASecondEnd() throws {
        let folder = try folder("opus-mt-en-es")
        try folder.write(#"{"add_source_eos": true, "decoder_start_token": "<s>"}"#, "config.json")
        let model = try TestModels.load(folder.path)
        let ids = try model.sourceIDs("Hello", for: .init(source: "en", target: "es"))
        let tokens = model.engine.model.sourceVocabulary.tokens(of: model.engine.model.framed(ids))
        #expect(tokens.filter { $0 == "</s>" }.count == 1)
    }
}
