import Foundation
import MachineTranslation
import TemporaryFolders
import Testing

/// Directories with our own model.json.
struct OwnDescriptionTests {
    static let minimal = #"{"name": "m", "languages": [{"source": "en", "target": "es"}]}"#

    private func describe(_ json: String) throws -> ModelDescription {
        let folder = try TemporaryFolder()
        try folder.write(json, "model.json")
        return try ModelLocator().describe(folder.path)
    }

    @Test func fullDescription_isReadAsItStands() throws {
        let folder = try TemporaryFolder()
        try folder.write(
            """
            {"name": "full", "version": "2.1", "licence": "MIT", "other": [1, null],
             "languages": [{"source": "en", "target": "es"}, {"source": "es", "target": "en"}],
             "source_prefix": "<2{target}>", "target_prefix": "[{source}]",
             "source_tokenizer": "a.model", "target_tokenizer": "b.model", "max_source_tokens": 77}
            """,
            "model.json"
        )
        let model = try ModelLocator().describe(folder.path)
        #expect(model.family == .dragoman)
        #expect([model.name, model.version, model.licence] == ["full", "2.1", "MIT"])
        #expect(model.pairs == [.init(source: "en", target: "es"), .init(source: "es", target: "en")])
        #expect(model.sourcePrefix == "<2{target}>")
        #expect(model.targetPrefix == "[{source}]")
        #expect(model.sourceTokenizer == folder.path + "/a.model")
        #expect(model.targetTokenizer == folder.path + "/b.model")
        #expect(model.maximumSourceTokens == 77)
        #expect(model.weightsDirectory == folder.path)
        #expect(!model.endsSource)
    }

    @Test func minimalDescription_getsDefaults() throws {
        let model = try describe(Self.minimal)
        #expect([model.name, model.version, model.licence] == ["m", "", ""])
        #expect(model.sourcePrefix == nil && model.targetPrefix == nil)
        #expect(model.sourceTokenizer.hasSuffix("/sentencepiece.model"))
        #expect(model.targetTokenizer == model.sourceTokenizer)
        #expect((8...1000).contains(model.maximumSourceTokens))
    }

    @Test func sharedTokenizer_servesBothSidesUnlessOneHasItsOwn() throws {
        let model = try describe(
            #"{"name": "m", "languages": [{"source": "a", "target": "b"}], "tokenizer": "t", "target_tokenizer": "u"}"#
        )
        #expect(model.sourceTokenizer.hasSuffix("/t"))
        #expect(model.targetTokenizer.hasSuffix("/u"))
    }

    @Test func everyShippedModel_isDescribed() throws {
        let catalog = try ModelCatalog(folder: Repository.path("Models"))
        #expect(catalog.problems.isEmpty)
        #expect(Set(TestModels.pairs).isSubset(of: catalog.pairs))
    }

    static let wrong: [(json: String, words: [String])] = [
        ("", ["cannot be parsed"]),
        ("[]", ["an object"]),
        ("7", ["an object"]),
        ("{}", ["'name' is missing"]),
        (#"{"name": "m"}"#, ["'languages' is missing"]),
        (#"{"languages": []}"#, ["'name' is missing"]),
        (#"{"name": "m", "languages": []}"#, ["no languages"]),
        (#"{"name": 5, "languages": []}"#, ["'name'", "a string"]),
        (#"{"name": null, "languages": []}"#, ["'name'", "a string"]),
        (#"{"name": "m", "languages": "en"}"#, ["'languages'", "a list"]),
        (#"{"name": "m", "languages": ["en"]}"#, ["languages", "an object"]),
        (#"{"name": "m", "languages": [{"source": "en"}]}"#, ["'target' is missing", "languages"]),
        (#"{"name": "m", "languages": [{"source": "en", "target": 1}]}"#, ["target", "a string"]),
        (#"{"name": "m", "languages": [{"source": "", "target": "es"}]}"#, ["languages", "code"]),
        (#"{"name": "m", "languages": [{"source": "en", "target": "a b/c"}]}"#, ["a b/c", "code"]),
        (own(#""version": 1"#), ["'version'", "a string"]),
        (own(#""licence": []"#), ["'licence'", "a string"]),
        (own(#""source_prefix": {}"#), ["'source_prefix'", "a string"]),
        (own(#""target_prefix": 3"#), ["'target_prefix'", "a string"]),
        (own(#""tokenizer": true"#), ["'tokenizer'", "a string"]),
        (own(#""tokenizer": "../t.model""#), ["'tokenizer'", "'../t.model'", "beside it"]),
        (own(#""tokenizer": "/etc/passwd""#), ["'tokenizer'", "'/etc/passwd'", "beside it"]),
        (own(#""tokenizer": "..""#), ["'tokenizer'", "'..'", "beside it"]),
        (own(#""tokenizer": "a/b""#), ["'tokenizer'", "'a/b'", "beside it"]),
        (own(#""tokenizer": """#), ["'tokenizer'", "''", "beside it"]),
        (own(#""source_tokenizer": "../s""#), ["'source_tokenizer'", "'../s'", "beside it"]),
        (own(#""target_tokenizer": "../t""#), ["'target_tokenizer'", "'../t'", "beside it"]),
        (own(#""max_source_tokens": 0"#), ["'max_source_tokens'", "0", "8 to 100000"]),
        (own(#""max_source_tokens": -5"#), ["'max_source_tokens'", "-5", "8 to 100000"]),
        (own(#""max_source_tokens": 100001"#), ["'max_source_tokens'", "100001", "8 to 100000"]),
        (own(#""max_source_tokens": 1e300"#), ["'max_source_tokens'", "1e+300"]),
        (own(#""max_source_tokens": 99999999999999999999"#), ["'max_source_tokens'"]),
        (own(#""max_source_tokens": 10.5"#), ["'max_source_tokens'", "10.5", "a whole number"]),
        (own(#""max_source_tokens": "100""#), ["'max_source_tokens'", "a number"]),
        (String(repeating: "[", count: 100_000), ["cannot be parsed"]),
        (#"{"name": "m\#u{0}", "#, ["cannot be parsed"]),
    ]

    private static func own(_ field: String) -> String { minimal.dropLast() + ", \(field)}" }

    @Test(arguments: wrong)
    func wrongDescription_isRefusedWithWordsThatNameTheFileAndWhatWasExpected(json: String, words: [String]) throws {
        let error = try #require(throws: MachineTranslationError.self) { try describe(json) }
        #expect(error.code == .modelCorrupt)
        #expect(error.message.contains("model.json'"))
        for word in words { #expect(error.message.contains(word), "\(error.message)") }
    }

    @Test func descriptionBeyondTheLimit_isRefusedUnread() throws {
        let error = try #require(throws: MachineTranslationError.self) {
            try describe(Self.minimal + String(repeating: " ", count: 1 << 20))
        }
        #expect(error.message.contains("at most 1048576"))
    }

    @Test func descriptionCutAt64Places_isRefused() throws {
        let whole = try Repository.data("Models/starter/model.json")
        let folder = try TemporaryFolder()
        for place in 0..<64 {
            try folder.write(whole.prefix(whole.count * place / 64), "model.json")
            let error = #expect(throws: MachineTranslationError.self) { try ModelLocator().describe(folder.path) }
            #expect(error?.message.contains("model.json'") == true)
        }
    }

    @Test func descriptionWith2000ByteFlips_isReadOrRefusedWithWords() throws {
        let whole = try Repository.data("Models/starter/model.json")
        let folder = try TemporaryFolder()
        var generator = SeededGenerator(seed: 1)
        var refused = 0
        for _ in 0..<2_000 {
            var damaged = whole
            damaged[Int.random(in: 0..<whole.count, using: &generator)] ^= UInt8.random(in: 1...255, using: &generator)
            try folder.write(damaged, "model.json")
            do {
                let model = try ModelLocator().describe(folder.path)
                #expect((8...100_000).contains(model.maximumSourceTokens))
                #expect(!model.pairs.isEmpty)
            } catch let error as MachineTranslationError {
                refused += 1
                #expect(error.message.contains("model.json'"))
            }
        }
        #expect(refused > 500)
    }

    @Test func modelJSONThatIsAFolder_isRefused() throws {
        let folder = try TemporaryFolder()
        try folder.write("", "model.json/x")
        let error = #expect(throws: MachineTranslationError.self) { try ModelLocator().describe(folder.path) }
        #expect(error?.message.contains("model.json'") == true)
    }
}
