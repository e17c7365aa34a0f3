import MachineTranslation
import TemporaryFolders
import Testing
import TranslationService

/// Real models that cannot be used, as requests and administrators meet them.
struct NeuralTranslatorSourceTests {
    /// One model that is found to be damaged at the start, and one that is found to be when it is loaded.
    private static func source() throws -> NeuralTranslatorSource {
        let folder = try TemporaryFolder()
        try folder.write("{", "early/model.json")
        try folder.write(
            #"{"name": "late", "languages": [{"source": "en", "target": "de"}]}"#,
            "late/model.json"
        )
        for file in ["model.bin", "sentencepiece.model"] { try folder.write("damaged", "late/" + file) }
        return NeuralTranslatorSource(
            try TranslatorFactory(catalog: try ModelCatalog(folder: folder.path), cacheFolder: nil)
        )
    }

    private static let pair = LanguagePair(source: "en", target: "de")

    @Test func damageFoundWhenLoading_isNoFaultOfTheRequest() async throws {
        let source = try Self.source()
        for _ in 0..<2 {
            let error = await #expect(throws: TranslationServiceError.self) {
                try await source.translator(for: Self.pair)
            }
            #expect(error?.code == .unavailable)
            // Paths are for the log.
            #expect(error?.message.contains("sentencepiece.model") == false)
            #expect(error?.cause.map { "\($0)" }?.contains("late/sentencepiece.model") == true)
        }
        let late = try #require(source.models().first { $0.name == "late" })
        #expect(late.state.stage == .failed)
        #expect(late.problem?.contains("late/sentencepiece.model") == true)
    }

    @Test func damageFoundAtTheStart_isNamedAmongTheModels() throws {
        let models = try Self.source().models()
        #expect(models.map(\.name) == ["late", "early"])
        #expect(models.map(\.state.stage) == [.unloaded, .failed])
        #expect(models[1].problem?.contains("early/model.json") == true && models[1].pairs.isEmpty)
    }

    @Test func administrators_areToldWhyAModelCannotBeLoaded() throws {
        let source = try Self.source()
        for act in [source.load, source.unload] {
            let damaged = #expect(throws: TranslationServiceError.self) { try act("early") }
            #expect(damaged?.code == .modelConflict && damaged?.message.contains("early/model.json") == true)
            let unknown = #expect(throws: TranslationServiceError.self) { try act("lat") }
            #expect(unknown?.code == .unknownModel && unknown?.message.contains("Did you mean 'late'?") == true)
        }
        #expect(try source.load("late").state.stage != .loaded)
    }

    @Test func unknownPair_isTheRequestsFault() async throws {
        let source = try Self.source()
        let error = await #expect(throws: MachineTranslationError.self) {
            try await source.translator(for: LanguagePair(source: "de", target: "en"))
        }
        #expect(error?.code == .unknownLanguage)
    }
}
