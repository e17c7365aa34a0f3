import Foundation
import TemporaryFolders
import Testing

/// Exit codes from sysexits.h, and words that a person can act on.
@Suite(.timeLimit(.minutes(20)))
struct FailureTests {
    private let program = Program()

    private func expect(
        _ code: Int32,
        _ words: [String],
        from arguments: [String],
        input: Data = Data(),
        program: Program = Program(),
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let outcome = try await program.run(arguments, input: input)
        #expect(outcome.code == code, "\(arguments): \(outcome.errors)", sourceLocation: sourceLocation)
        for word in words {
            #expect(outcome.errors.contains(word), "\(arguments): \(outcome.errors)", sourceLocation: sourceLocation)
        }
        #expect(!outcome.errors.contains("Error Domain"), sourceLocation: sourceLocation)
    }

    static let misuse: [([String], String)] = [
        (["translate"], "--to"),
        (["translate", "--to"], "--to"),
        (["translate", "--to", "es", "--beam", "0"], "--beam is 0, expected 1 to 32"),
        (["translate", "--to", "es", "--beam", "33"], "--beam is 33, expected 1 to 32"),
        (["translate", "--to", "es", "--beam", "two"], "--beam"),
        (["translate", "--to", "es", "--beam", "99999999999999999999"], "--beam"),
        (["translate", "--to", "es", "--alternatives", "-1"], "--alternatives"),
        (["translate", "--to", "es", "--alternatives", "32"], "--alternatives is 32, expected 0 to 31"),
        (["translate", "--to", "es", "--threads", "0"], "--threads is 0, expected 1 to 1024"),
        (["translate", "--to", "es", "--threads", "1025"], "--threads is 1025, expected 1 to 1024"),
        (["translate", "--to", "es", "--compute", "int4"], "--compute"),
        (["translate", "--to", "es", "--guards", "maybe"], "--guards"),
        (["translate", "--to", "es", "--input", "a.txt", "text"], "expected one of them"),
        (["translate", "--from", "es", "--to", "es", "hola"], "both 'es'"),
        (["translate", "--to", "es", "--no-such-option", "x"], "--no-such-option"),
        (["translat"], "translat"),
        (["models", "inspect"], "model"),
        (["detect", "--limit", "0", "x"], "--limit is 0, expected 1 to 176"),
        (["detect", "--limit", "177", "x"], "--limit is 177, expected 1 to 176"),
    ]

    @Test(arguments: misuse)
    func misuse_exitsWith64(arguments: [String], words: String) async throws {
        try await expect(64, [words], from: arguments)
    }

    @Test func inputAndOutputThatAreOneFile_areRefusedAndTheFileStays() async throws {
        let folder = try TemporaryFolder()
        try folder.write("Precious.\n", "a.txt")
        let a = folder.path + "/a.txt"
        try FileManager.default.createSymbolicLink(atPath: folder.path + "/soft", withDestinationPath: "a.txt")
        try FileManager.default.linkItem(atPath: a, toPath: folder.path + "/hard")
        for other in [a, folder.path + "/soft", folder.path + "/hard", folder.path + "/./a.txt"] {
            try await expect(64, ["same file"], from: ["translate", "--to", "es", "--input", a, "--output", other])
        }
        #expect(try String(contentsOfFile: a, encoding: .utf8) == "Precious.\n")
    }

    @Test func unreadableInput_exitsWith66() async throws {
        let folder = try TemporaryFolder()
        for input in ["/no/such/file.txt", folder.path] {
            try await expect(66, ["'\(input)'"], from: ["translate", "--from", "en", "--to", "es", "--input", input])
        }
    }

    @Test func unwritableOutput_exitsWith73() async throws {
        let folder = try TemporaryFolder()
        for output in [folder.path, "/no/such/folder/out.txt"] {
            let arguments = ["translate", "--from", "en", "--to", "es", "--output", output, "Hello."]
            try await expect(73, ["'\(output)'"], from: arguments)
        }
    }

    #if os(Linux)
        @Test func fullDisk_exitsWith73() async throws {
            let arguments = ["translate", "--from", "en", "--to", "es", "--output", "/dev/full", "Hello."]
            try await expect(73, ["Cannot write the translation", "No space left"], from: arguments)
        }
    #endif

    @Test func outputFile_isNotEmptiedWhereNothingCanBeTranslated() async throws {
        let folder = try TemporaryFolder()
        try folder.write("Precious.\n", "out.txt")
        let output = folder.path + "/out.txt"
        for arguments in [
            ["--from", "en", "--to", "xx", "--output", output, "Hello."],
            ["--from", "en", "--to", "es", "--model", folder.path, "--output", output, "Hello."],
            ["--from", "en", "--to", "es", "--input", "/no/such/file", "--output", output],
        ] {
            #expect(try await program.run(["translate"] + arguments).code != 0)
            #expect(try String(contentsOfFile: output, encoding: .utf8) == "Precious.\n")
        }
    }

    @Test(arguments: [
        (["--to", "spanish", "x"], ["'spanish'", "Did you mean 'es'?", "en (English)", "hi (Hindi)"]),
        (["--from", "en", "--to", "ez", "x"], ["'ez'", "Did you mean", "es (Spanish)"]),
        (["--from", "hindi", "--to", "en", "x"], ["'hindi'", "Did you mean 'hi'?"]),
        (["--from", "en", "--to", "klingon", "x"], ["'klingon'", "There are: en (English)"]),
        (["--to", "es", "--model", "startr", "x"], ["'startr'", "Did you mean 'starter'?"]),
        (["--to", "es", "--model", "/no/such/model", "x"], ["'/no/such/model'"]),
        (["--to", "es", "--models", "/no/such/folder", "x"], ["'/no/such/folder'"]),
    ])
    func unknownLanguageOrModel_exitsWith69AndSaysWhatThereIs(arguments: [String], words: [String]) async throws {
        try await expect(69, words, from: ["translate"] + arguments)
    }

    @Test func unknownTarget_isToldBeforeAnyTextIsRead() async throws {
        let run = try program.start(["translate", "--to", "xx"])
        // Its input stays open.
        let outcome = await run.finish()
        #expect(outcome.code == 69)
        #expect(outcome.errors.contains("'xx'"))
    }

    @Test func targetUnknownToModelsWithoutEnglish_isTheOneThatIsNamed() async throws {
        let folder = try TemporaryFolder()
        try folder.write(#"{"name": "m", "languages": [{"source": "de", "target": "fr"}]}"#, "m/model.json")
        try await expect(
            69,
            ["'xx'", "There are: fr (French)."],
            from: ["translate", "--to", "xx", "x"],
            program: Program(models: folder.path)
        )
    }

    @Test(arguments: [
        ("model.json", "{"), ("model.json", "{}"), ("sentencepiece.model", ""), ("sentencepiece.model", "garbage"),
        ("model.bin", "garbage"), ("shared_vocabulary.json", "[]]"), ("config.json", "no"),
    ])
    func damagedModel_exitsWith78AndNamesTheFile(name: String, content: String) async throws {
        let folder = try TemporaryFolder()
        for file in ["model.json", "sentencepiece.model", "model.bin", "shared_vocabulary.json", "config.json"] {
            try folder.write(Repository.data("Models/starter/\(file)"), file)
        }
        try folder.write(content, name)
        for arguments in [
            ["translate", "--from", "en", "--to", "es", "--model", folder.path, "Hello."],
            ["models", "inspect", folder.path],
        ] {
            let outcome = try await program.run(arguments)
            #expect(outcome.code == 78, "\(outcome.errors)")
            #expect(outcome.output.isEmpty)
            let namesTheFile = outcome.errors.contains(name) || outcome.errors.contains(name.prefix { $0 != "." })
            #expect(namesTheFile || outcome.errors.contains(folder.path), "\(outcome.errors)")
        }
    }

    @Test func packageWithBPE_exitsWith69AndSaysWhy() async throws {
        let folder = try TemporaryFolder()
        try folder.write(#"{"from_code": "en", "to_code": "es"}"#, "metadata.json")
        try folder.write("", "bpe.model")
        try await expect(69, ["'bpe.model'"], from: ["models", "inspect", folder.path])
    }

    // MARK: Invalid UTF-8

    struct Invalid: CustomTestStringConvertible, Sendable {
        var bytes: [UInt8]
        var line: Int
        var byte: Int
        var before: String
        var testDescription: String { "line \(line), byte \(byte)" }
    }

    static let invalid = [
        Invalid(
            bytes: Array("Good morning!\n42 ".utf8) + [0xFF] + Array(" more\n".utf8),
            line: 2,
            byte: 4,
            before: "\n42 "
        ),
        Invalid(bytes: [0xFF], line: 1, byte: 1, before: ""),
        Invalid(bytes: Array("1\n2\n".utf8) + [0xC3], line: 3, byte: 1, before: "1\n2\n"),
        Invalid(bytes: Array("1\n\u{966}2".utf8) + [0xE0, 0x80, 0x80], line: 2, byte: 5, before: "1\n\u{966}2"),
        Invalid(bytes: Array("1\n".utf8) + [0xED, 0xA0, 0x80], line: 2, byte: 1, before: "1\n"),
        Invalid(bytes: Array("1\n".utf8) + [0xF4, 0x90, 0x80, 0x80], line: 2, byte: 1, before: "1\n"),
        Invalid(bytes: Array("1\r\n2 ".utf8) + [0xC0, 0xAF], line: 2, byte: 3, before: "1\r\n2 "),
        Invalid(bytes: Array("12 ".utf8) + [0xE2, 0x82] + Array("3".utf8), line: 1, byte: 4, before: "12 "),
    ]

    @Test(arguments: invalid, ["en", "auto"])
    func invalidUTF8_exitsWith65AndSaysWhereAfterWhatCameBefore(_ input: Invalid, source: String) async throws {
        let outcome = try await program.run(["translate", "--from", source, "--to", "es"], input: Data(input.bytes))
        #expect(outcome.code == 65)
        #expect(outcome.errors.contains("line \(input.line), byte \(input.byte) ("), "\(outcome.errors)")
        #expect(input.before.isEmpty || outcome.text.contains(input.before))
        #expect(!outcome.text.contains("\u{FFFD}"))
    }

    @Test func invalidUTF8InAFile_isTheSame() async throws {
        let folder = try TemporaryFolder()
        try folder.write(Data(Array("Hello.\n".utf8) + [0xFE]), "in.txt")
        let arguments = ["translate", "--from", "en", "--to", "es", "--input", folder.path + "/in.txt"]
        try await expect(65, ["line 2, byte 1 (0xFE)"], from: arguments)
        try await expect(65, ["line 1, byte 2 (0xFF)"], from: ["detect"], input: Data([0x61, 0xFF]))
    }

    /// Far beyond one chunk of reading, so that characters and errors fall on the borders.
    @Test(arguments: [65_535, 65_536, 65_537, 131_070])
    func invalidByteAtAChunksBorder_isFoundThere(place: Int) async throws {
        let line = Data("४२\n".utf8)
        var bytes = Data()
        while bytes.count < place { bytes.append(line) }
        bytes = bytes.prefix(place)
        // Back to a whole character.
        while let last = bytes.last, last != 0x0A { bytes.removeLast() }
        let lines = bytes.count / line.count
        let outcome = try await program.run(
            ["translate", "--from", "hi", "--to", "en"],
            input: bytes + [0xE0, 0xA5] + Data("x".utf8)
        )
        #expect(outcome.code == 65)
        #expect(outcome.errors.contains("line \(lines + 1), byte 1 "), "\(outcome.errors)")
        #expect(outcome.output == bytes)
    }

    @Test func validCharactersAcrossChunks_areWhole() async throws {
        let text = String(repeating: "४२ 🎉\n", count: 20_000)
        let outcome = try await program.run(["translate", "--from", "hi", "--to", "en"], input: Data(text.utf8))
        #expect(outcome.code == 0)
        #expect(outcome.output == Data(text.utf8))
    }
}
