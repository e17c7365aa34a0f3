import Foundation
import TemporaryFolders
import Testing

/// `dragoman models` and `dragoman detect`.
@Suite(.timeLimit(.minutes(20)))
struct ModelsTests {
    private let program = Program()

    private func starter(in folder: TemporaryFolder, _ name: String) throws {
        for file in ["model.json", "sentencepiece.model", "model.bin", "shared_vocabulary.json", "config.json"] {
            try folder.write(Repository.data("Models/starter/\(file)"), "\(name)/\(file)")
        }
    }

    @Test(arguments: [["models", "list"], ["models"]])
    func list_showsNameKindSizeAndPairs(arguments: [String]) async throws {
        let outcome = try await program.run(arguments)
        #expect(outcome.code == 0 && outcome.errors.isEmpty)
        for word in ["starter-v1", "1.0.0", "dragoman", "MB", "CC-BY-SA-4.0", "en→es  en→hi  es→en  hi→en"] {
            #expect(outcome.text.contains(word))
        }
    }

    @Test func brokenModelBesideGoodOnes_isNamedAndTheOthersAreListed() async throws {
        let folder = try TemporaryFolder()
        try starter(in: folder, "good")
        try folder.write("{", "broken/model.json")
        try folder.write("no zip", "bad.argosmodel")
        let program = Program(models: folder.path)
        let outcome = try await program.run("models", "list")
        #expect(outcome.code == 0)
        #expect(outcome.text.contains("starter-v1"))
        #expect(outcome.errors.contains("\(folder.path)/broken/model.json"))
        #expect(outcome.errors.contains("\(folder.path)/bad.argosmodel"))
        #expect(try await program.run("translate", "--from", "en", "--to", "es", "Hello.").code == 0)
    }

    @Test func emptyFolder_isSaidToHaveNoModels() async throws {
        let folder = try TemporaryFolder()
        let outcome = try await Program(models: folder.path).run("models", "list")
        #expect(outcome.code == 0)
        #expect(outcome.text == "No models in '\(folder.path)'.\n")
    }

    @Test(arguments: ["starter", "starter-v1", Repository.path("Models/starter")])
    func inspect_saysWhatAModelIs(model: String) async throws {
        let outcome = try await program.run("models", "inspect", model)
        #expect(outcome.code == 0 && outcome.errors.isEmpty)
        for word in ["name", "starter-v1", "languages", "en→es", "network", "layers", "8.5 MB", "int8", "fingerprint"] {
            #expect(outcome.text.contains(word), "\(outcome.text)")
        }
    }

    @Test func inspectOfAnUnknownModel_namesTheNearest() async throws {
        let outcome = try await program.run("models", "inspect", "starter-v2")
        #expect(outcome.code == 69)
        #expect(outcome.errors.contains("Did you mean 'starter-v1'?"))
    }

    // MARK: detect

    @Test(arguments: [
        ("en", "English", "Where is the nearest railway station?"),
        ("es", "Spanish", "¿Dónde está la estación de trenes más cercana?"),
        ("hi", "Hindi", "सबसे नज़दीकी रेलवे स्टेशन कहाँ है?"),
        ("de", "German", "Wo ist der nächste Bahnhof?"),
        ("fr", "French", "Où est la gare la plus proche ?"),
    ])
    func detect_givesTheLikeliestFirst(code: String, name: String, text: String) async throws {
        for outcome in [try await program.run("detect", text), try await program.run("detect", input: text + "\n")] {
            #expect(outcome.code == 0 && outcome.errors.isEmpty)
            #expect((1...3).contains(outcome.lines.count))
            let fields = outcome.lines[0].split(separator: "\t")
            #expect(fields.count == 3 && fields[0] == code && fields[2] == name)
            #expect((Double(fields[1]) ?? -1) > 0.5)
        }
    }

    @Test func detectAmongInstalled_givesNoOther() async throws {
        let outcome = try await program.run(
            "detect",
            "--installed",
            "--limit",
            "100",
            "Où est la gare la plus proche ?"
        )
        #expect(outcome.code == 0)
        #expect(outcome.lines.allSatisfy { ["en", "es", "hi"].contains($0.prefix(2)) })
    }

    @Test(arguments: ["", "42\n", "🎉 {x}\n"])
    func textWithoutLetters_exitsWith65(text: String) async throws {
        let outcome = try await program.run("detect", input: text)
        #expect(outcome.code == 65)
        #expect(outcome.errors.contains("No language could be recognised"))
    }

    @Test func missingLanguageModel_isNamed() async throws {
        let folder = try TemporaryFolder()
        let outcome = try await Program(models: folder.path).run("detect", "Hello there.")
        #expect(outcome.code == 78)
        #expect(outcome.errors.contains("lid.176.ftz"))
    }
}
