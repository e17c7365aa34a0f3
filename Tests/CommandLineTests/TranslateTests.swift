import Foundation
import TemporaryFolders
import Testing

/// `dragoman translate`: where text comes from and goes to, and what the options do.
@Suite(.timeLimit(.minutes(20)))
struct TranslateTests {
    private let program = Program()
    private static let english = (try? Repository.text("Tests/Fixtures/flores-dev/en.txt")) ?? ""
    private static let head = english.split(separator: "\n").prefix(5).map { $0 + "\n" }.joined()

    @Test func everyWayIn_givesTheSameWayOut() async throws {
        let folder = try TemporaryFolder()
        try folder.write("Good morning!\n", "in.txt")
        let file = folder.path + "/in.txt"
        let argument = try await program.run("translate", "--from", "en", "--to", "es", "Good morning!")
        let words = try await program.run("translate", "--from", "en", "--to", "es", "Good", "morning!")
        let piped = try await program.run("translate", "--from", "en", "--to", "es", input: "Good morning!\n")
        let read = try await program.run("translate", "--from", "en", "--to", "es", "--input", file)
        for outcome in [argument, words, piped, read] {
            #expect(outcome.code == 0)
            #expect(outcome.errors.isEmpty)
            #expect(outcome.output == argument.output)
        }
        #expect(argument.lines.count == 1 && !argument.lines[0].isEmpty && argument.lines[0] != "Good morning!")
    }

    @Test func outputFile_getsWhatStandardOutputWould() async throws {
        let folder = try TemporaryFolder()
        let file = folder.path + "/out.txt"
        try folder.write("something longer that was there before, and goes away", "out.txt")
        let plain = try await program.run("translate", "--from", "en", "--to", "hi", input: Self.head)
        let outcome = try await program.run(
            "translate",
            "--from",
            "en",
            "--to",
            "hi",
            "--output",
            file,
            input: Self.head
        )
        #expect(outcome.code == 0 && outcome.output.isEmpty && outcome.errors.isEmpty)
        #expect(try Data(contentsOf: URL(filePath: file)) == plain.output)
    }

    /// A link is followed, not replaced.
    @Test func outputThroughALink_reachesTheFile() async throws {
        let folder = try TemporaryFolder()
        try folder.write("", "real.txt")
        let link = folder.path + "/link.txt"
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "real.txt")
        let outcome = try await program.run("translate", "--from", "en", "--to", "es", "--output", link, "Hello.")
        #expect(outcome.code == 0)
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == "real.txt")
        #expect(try !Data(contentsOf: URL(filePath: folder.path + "/real.txt")).isEmpty)
    }

    @Test func layout_staysAsItIs() async throws {
        let text = "# Title\r\n\r\n  - One thing.\n\t- 42\n\n\nThe end. Really.   \nhttps://example.com\nno newline"
        let outcome = try await program.run("translate", "--from", "en", "--to", "es", input: text)
        let expected = ["# ", "\r\n\r\n  - ", "\n\t- 42\n\n\n", "   \nhttps://example.com\n"]
        #expect(outcome.code == 0)
        for piece in expected { #expect(outcome.text.contains(piece)) }
        #expect(!outcome.text.hasSuffix("\n"))
    }

    @Test(arguments: ["", "\n\n", "42\n", "{x} %s\n🎉\n", "https://example.com\r\n"])
    func textWithNothingToTranslate_isCopied(text: String) async throws {
        for source in ["en", "auto"] {
            let outcome = try await program.run("translate", "--from", source, "--to", "es", input: text)
            #expect(outcome.code == 0 && outcome.errors.isEmpty)
            #expect(outcome.text == text)
        }
    }

    @Test func scores_standBeforeEachSentenceOnALineOfItsOwn() async throws {
        let outcome = try await program.run(
            "translate",
            "--from",
            "en",
            "--to",
            "es",
            "--scores",
            input: "Hello. Good morning!\n\n- Yes.\n"
        )
        #expect(outcome.code == 0)
        #expect(outcome.lines.count == 3)
        for line in outcome.lines {
            let fields = line.split(separator: "\t")
            #expect(fields.count >= 2)
            let score = try #require(Double(fields[0]))
            #expect((0...1).contains(score))
        }
    }

    @Test func alternatives_followTheirSentenceIndented() async throws {
        let outcome = try await program.run(
            "translate",
            "--from",
            "en",
            "--to",
            "es",
            "--alternatives",
            "3",
            input: "Good morning, my friend.\n"
        )
        #expect(outcome.code == 0)
        #expect((2...4).contains(outcome.lines.count))
        #expect(outcome.lines.dropFirst().allSatisfy { $0.hasPrefix("  · ") })
        #expect(Set(outcome.lines).count == outcome.lines.count)
    }

    @Test func guardsOff_leavesNoRemarks() async throws {
        let text = (0..<40).map { "word\($0) blah" }.joined(separator: " ") + "\n" + Self.head
        let with = try await program.run("translate", "--from", "en", "--to", "es", "--scores", input: text)
        let without = try await program.run(
            "translate",
            "--from",
            "en",
            "--to",
            "es",
            "--scores",
            "--guards",
            "off",
            input: text
        )
        #expect(with.code == 0 && without.code == 0)
        #expect(!without.text.contains("[doubtful]"))
        #expect(with.lines.count == without.lines.count)
    }

    @Test(arguments: ["1", "2", "4", "32"])
    func beam_translatesAtEverySize(size: String) async throws {
        let outcome = try await program.run("translate", "--from", "en", "--to", "es", "--beam", size, "Good morning.")
        #expect(outcome.code == 0 && outcome.text.count > 1)
    }

    @Test func float32_translatesAlmostAsInt8() async throws {
        let texts = try await ["int8", "float32"].asyncMap { compute in
            try await program.run("translate", "--from", "en", "--to", "es", "--compute", compute, input: Self.head)
        }
        #expect(texts.allSatisfy { $0.code == 0 && $0.lines.count == 5 })
        #expect(zip(texts[0].lines, texts[1].lines).contains { $0 == $1 })
    }

    @Test(arguments: ["1", "2", "7"])
    func threads_makeNoDifferenceToTheText(count: String) async throws {
        let one = try await program.run("translate", "--from", "en", "--to", "es", input: Self.head)
        let other = try await program.run(
            "translate",
            "--from",
            "en",
            "--to",
            "es",
            "--threads",
            count,
            input: Self.head
        )
        #expect(other.output == one.output)
    }

    @Test func modelDirectoryAndModelName_areBothTaken() async throws {
        let byPath = try await program.run(
            "translate",
            "--from",
            "en",
            "--to",
            "es",
            "--model",
            Repository.path("Models/starter"),
            "Good morning."
        )
        let byName = try await program.run(
            "translate",
            "--from",
            "en",
            "--to",
            "es",
            "--model",
            "starter",
            "Good morning."
        )
        #expect(byPath.code == 0)
        #expect(byPath.text == byName.text)
    }

    @Test(arguments: [("EN", "es_MX"), ("en-GB", "ES"), ("eng", "spa")])
    func codes_findWhatThereIs(from: String, to: String) async throws {
        let plain = try await program.run("translate", "--from", "en", "--to", "es", "Good morning.")
        let outcome = try await program.run("translate", "--from", from, "--to", to, "Good morning.")
        #expect(outcome.code == 0 && outcome.text == plain.text, "\(outcome.errors)")
    }

    @Test func pairWithoutAModel_goesThroughEnglish() async throws {
        let outcome = try await program.run("translate", "--from", "es", "--to", "hi", "Buenos días.")
        #expect(outcome.code == 0)
        #expect(outcome.text.unicodeScalars.contains { (0x900...0x97F).contains($0.value) })
    }

    // MARK: --from auto

    /// Pairs between which each language has one target it cannot reach, so that the refusal names what was recognised.
    static let recognised = [
        ("English", "de", "The children went to school this morning and came back late."),
        ("Spanish", "de", "Los niños fueron a la escuela esta mañana y volvieron tarde."),
        ("Hindi", "de", "बच्चे आज सुबह स्कूल गए और देर से लौटे।"),
        ("German", "es", "Die Kinder gingen heute Morgen zur Schule und kamen spät zurück."),
        ("French", "es", "Les enfants sont allés à l'école ce matin et sont rentrés tard."),
    ]

    @Test(arguments: recognised)
    func languageOfTheText_isRecognised(language: String, target: String, text: String) async throws {
        let folder = try TemporaryFolder()
        let pairs = [("en", "es"), ("es", "hi"), ("hi", "fr"), ("de", "fr"), ("fr", "de")]
        let languages = pairs.map { #"{"source": "\#($0.0)", "target": "\#($0.1)"}"# }.joined(separator: ", ")
        try folder.write(#"{"name": "m", "languages": [\#(languages)]}"#, "m/model.json")
        try folder.write(Repository.data("Models/lid176/lid.176.ftz"), "lid176/lid.176.ftz")
        let program = Program(models: folder.path)
        for outcome in [
            try await program.run("translate", "--to", target, text),
            try await program.run("translate", "--from", "auto", "--to", target, input: "42\n\n" + text),
        ] {
            #expect(outcome.code == 69)
            #expect(outcome.errors.contains("This is \(language) ("), "\(outcome.errors)")
            #expect(outcome.errors.contains("no model translates from \(language) to"), "\(outcome.errors)")
        }
    }

    @Test func recognisedLanguage_translatesAsIfItWereGiven() async throws {
        let texts = ["es": "¿Dónde está la estación de trenes?", "hi": "आप आज कैसे हैं?"]
        for (language, text) in texts {
            let given = try await program.run("translate", "--from", language, "--to", "en", text)
            let recognised = try await program.run("translate", "--to", "en", text)
            #expect(recognised.code == 0)
            #expect(recognised.text == given.text)
        }
    }
}

extension Sequence {
    fileprivate func asyncMap<Result>(_ transform: (Element) async throws -> Result) async rethrows -> [Result] {
        var results: [Result] = []
        for element in self { results.append(try await transform(element)) }
        return results
    }
}
