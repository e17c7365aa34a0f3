import Foundation
import MachineTranslation
import TemporaryFolders
import Testing

/// Which model translates a pair, and what is said where none does.
struct ModelCatalogTests {
    private func folder(_ models: [String: [(String, String)]]) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        for (name, pairs) in models {
            let languages = pairs.map { #"{"source": "\#($0.0)", "target": "\#($0.1)"}"# }.joined(separator: ", ")
            try folder.write(#"{"name": "\#(name)", "languages": [\#(languages)]}"#, "\(name)/model.json")
        }
        return folder
    }

    private func catalog(_ models: [String: [(String, String)]]) throws -> ModelCatalog {
        try ModelCatalog(folder: folder(models).path)
    }

    private static let european = ["west": [("en", "es"), ("es", "en")], "north": [("en", "de"), ("de", "en")]]

    @Test func pairOfAModel_isDirect() throws {
        guard case .direct(let model) = try catalog(Self.european).route(for: .init(source: "de", target: "en")) else {
            Issue.record("not direct")
            return
        }
        #expect(model.name == "north")
    }

    @Test func pairOfTwoModels_goesThroughEnglish() throws {
        let route = try catalog(Self.european).route(for: .init(source: "es", target: "de"))
        guard case .pivot("en", let first, let second) = route else {
            Issue.record("not through English")
            return
        }
        #expect([first.name, second.name] == ["west", "north"])
    }

    @Test func directModel_isPreferredToThePivot() throws {
        var models = Self.european
        models["direct"] = [("es", "de")]
        guard case .direct = try catalog(models).route(for: .init(source: "es", target: "de")) else {
            Issue.record("not direct")
            return
        }
    }

    @Test func targets_areThoseReachedDirectlyOrThroughEnglish() throws {
        let catalog = try catalog(["a": [("en", "es"), ("fr", "en")], "b": [("it", "pt")]])
        #expect(catalog.targets(from: "fr") == ["en", "es"])
        #expect(catalog.targets(from: "it") == ["pt"])
        #expect(catalog.sourceLanguages == ["en", "fr", "it"])
    }

    @Test(arguments: [
        ("en", "de_", "Did you mean 'de'?"), ("en", "german", "Did you mean 'de'?"),
        ("Spanish", "en", "Did you mean 'es'?"),
        ("en", "EN-", "Did you mean 'en'?"), ("en", "spanisch", "Did you mean 'es'?"),
    ])
    func unknownLanguage_isAnsweredWithTheNearestAndWhatThereIs(source: String, target: String, hint: String) throws {
        let error = try #require(throws: MachineTranslationError.self) {
            try catalog(Self.european).route(for: .init(source: source, target: target))
        }
        #expect(error.code == .unknownLanguage)
        #expect(error.message.contains(hint), "\(error.message)")
        for name in ["de (German)", "en (English)", "es (Spanish)"] { #expect(error.message.contains(name)) }
    }

    @Test func unknownLanguageNearNone_getsNoHint() throws {
        let error = try #require(throws: MachineTranslationError.self) {
            try catalog(Self.european).route(for: .init(source: "en", target: "klingon"))
        }
        #expect(error.message.contains("'klingon'"))
        #expect(!error.message.contains("Did you mean"))
    }

    @Test func pairWithoutARoute_isAnsweredWithWhatTheSourceHas() throws {
        let catalog = try catalog(["a": [("en", "es"), ("it", "pt")]])
        let error = try #require(throws: MachineTranslationError.self) {
            try catalog.route(for: .init(source: "en", target: "pt"))
        }
        #expect(error.code == .unknownLanguage)
        #expect(error.message.contains("en→pt"))
        #expect(error.message.contains("es"))
    }

    @Test func sameLanguageTwice_isAnInvalidRequest() throws {
        let error = try #require(throws: MachineTranslationError.self) {
            try catalog(Self.european).route(for: .init(source: "en", target: "en"))
        }
        #expect(error.code == .invalidRequest)
    }

    @Test func brokenModel_isAProblemBesideTheOthers() throws {
        let folder = try folder(Self.european)
        try folder.write("{", "broken/model.json")
        try folder.write("no zip", "bad.argosmodel")
        try folder.write("ignored", "notes/readme.txt")
        let catalog = try ModelCatalog(folder: folder.path)
        #expect(catalog.models.map(\.name) == ["north", "west"])
        #expect(catalog.problems.map { $0.path.split(separator: "/").last } == ["bad.argosmodel", "broken"])
        for problem in catalog.problems { #expect(problem.error.message.contains(problem.path)) }
    }

    @Test func folderThatIsNotThere_isNamed() {
        let error = #expect(throws: MachineTranslationError.self) { try ModelCatalog(folder: "/no/such/folder") }
        #expect(error?.message.contains("'/no/such/folder'") == true)
    }

    @Test func emptyFolder_hasNoModelsAndSaysSo() throws {
        let folder = try TemporaryFolder()
        let catalog = try ModelCatalog(folder: folder.path)
        let error = try #require(throws: MachineTranslationError.self) {
            try catalog.route(for: .init(source: "en", target: "es"))
        }
        #expect(error.code == .modelMissing)
        #expect(error.message.contains("'\(folder.path)'"))
    }

    @Test func modelByName_isFoundByItsNameOrFolder() throws {
        let folder = try folder(Self.european)
        try folder.write(#"{"name": "inner", "languages": [{"source": "a", "target": "b"}]}"#, "outer/model.json")
        let catalog = try ModelCatalog(folder: folder.path)
        #expect(try catalog.model(named: "west").name == "west")
        #expect(try catalog.model(named: "inner").name == "inner")
        #expect(try catalog.model(named: "outer").name == "inner")
    }

    @Test func modelByWrongName_isAnsweredWithTheNearestAndWhatThereIs() throws {
        let error = try #require(throws: MachineTranslationError.self) {
            try catalog(Self.european).model(named: "wset")
        }
        #expect(error.code == .modelMissing)
        #expect(error.message.contains("Did you mean 'west'?"))
        #expect(error.message.contains("north, west"))
    }

    @Test func modelByNameThatIsBroken_saysWhatIsWrong() throws {
        let folder = try folder(Self.european)
        try folder.write("{", "broken/model.json")
        let error = try #require(throws: MachineTranslationError.self) {
            try ModelCatalog(folder: folder.path).model(named: "broken")
        }
        #expect(error.code == .modelCorrupt)
    }
}
