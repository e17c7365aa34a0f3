import Foundation
import Inference
import MachineTranslation
import TemporaryFolders
import Testing

/// Conversions of NLLB-200 and M2M-100: sentencepiece.bpe.model, and a token for each language.
struct ManyToManyModelTests {
    struct Layout: CustomTestStringConvertible, Sendable {
        var family: ModelDescription.Family
        /// The tokens of English, Spanish and Hindi.
        var tokens: [String]

        var testDescription: String { family.rawValue }
    }

    static let layouts = [
        Layout(family: .nllb, tokens: ["eng_Latn", "spa_Latn", "hin_Deva"]),
        Layout(family: .m2m, tokens: ["__en__", "__es__", "__hi__"]),
    ]

    private func folder(_ tokens: [String]) throws -> TemporaryFolder {
        let folder = try TemporaryFolder(name: "many")
        try TinyModel(vocabulary: TinyModel.vocabulary(with: tokens)).write(to: folder)
        try folder.write(Repository.data("Models/starter/sentencepiece.model"), "sentencepiece.bpe.model")
        return folder
    }

    @Test(arguments: layouts)
    func vocabulary_namesThePairs(layout: Layout) throws {
        let model = try ModelLocator().describe(folder(layout.tokens).path)
        #expect(model.family == layout.family)
        #expect(model.pairs.count == 6)
        #expect(model.pairs.contains(LanguagePair(source: "hi", target: "es")))
    }

    @Test(arguments: layouts)
    func languageTokens_reachTheEngineAndLeaveTheOutput(layout: Layout) async throws {
        let model = try TestModels.load(folder(layout.tokens).path)
        let pair = LanguagePair(source: "en", target: "es")
        let vocabulary = model.engine.model.sourceVocabulary
        let source = vocabulary.tokens(of: try model.sourceIDs("Good morning", for: pair))
        #expect(source.first == layout.tokens[0])
        #expect(source.last == "</s>")
        #expect(source.count > 3)
        let prefix = try model.targetPrefix(for: pair)
        #expect(vocabulary.tokens(of: prefix) == [layout.tokens[1]])

        let request = GenerationRequest(source: [5, 6, 7], prefix: prefix)
        let hypothesis = try #require(try await model.engine.generate([request]).first?.hypotheses.first)
        #expect(hypothesis.tokens.starts(with: prefix))
        let text = try model.text(hypothesis.tokens, prefix: prefix)
        #expect(text == (try model.text(Array(hypothesis.tokens.dropFirst()), prefix: [])))
    }

    @Test(arguments: layouts)
    func eachTarget_getsItsOwnTranslationWithoutLanguageTokens(layout: Layout) async throws {
        let model = try TestModels.load(folder(layout.tokens).path)
        var texts: Set<String> = []
        for target in ["es", "hi"] {
            let translator = NeuralTranslator(model, pair: .init(source: "en", target: target))
            let translation = try await translator.translate(["Good morning to all."], options: .init(guards: false))
            // The token may come again from a random model; the first is the prefix.
            #expect(
                !translation[0].text.hasPrefix(layout.tokens[1]) && !translation[0].text.hasPrefix(layout.tokens[2])
            )
            texts.insert(translation[0].text)
        }
        #expect(texts.count == 2)
    }

    @Test(arguments: [[], ["eng_Latn"], ["__en__"], ["__", "____"]])
    func vocabularyThatNamesNoTwoLanguages_isRefused(tokens: [String]) throws {
        let folder = try folder(tokens)
        let error = try #require(throws: MachineTranslationError.self) { try ModelLocator().describe(folder.path) }
        #expect(error.code == .modelUnsupported)
        #expect(error.message.contains("'eng_Latn'"))
        #expect(error.message.contains("'__en__'"))
    }

    @Test(arguments: ["[1, 2]", "{", ""])
    func damagedVocabulary_isRefused(json: String) throws {
        let folder = try folder(["__en__", "__es__"])
        try folder.write(json, "shared_vocabulary.json")
        #expect(throws: MachineTranslationError.self) { try ModelLocator().describe(folder.path) }
    }
}
