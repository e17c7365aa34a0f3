import Foundation
import MachineTranslation
import TemporaryFolders
import Testing

/// Whatever goes in, something comes out.
struct OddInputTests {
    private static let odd: [String] = [
        "a", "I", "Z", "ñ", "क", "न", "1", "42", "3.14", "-", "…", "?!", "¿", "।", "\"", "OK", "HELLO WORLD", "ÁRBOL",
        "hello", "hELLO wORLD", "x y z", "1 2 3", "🎉", "👩‍👩‍👧‍👦", "a🎉b", "🇪🇸🇮🇳", "naïve café", "e\u{301}", "\u{200B}",
        "a\u{200B}b", "\u{FEFF}text", "\u{200D}\u{200D}", "\u{202E}txet", "\u{3164}", "\u{AD}", "\u{FFFD}", "\u{FFFF}",
        "\u{10FFFF}", "\u{0}", "a\u{0}b", "\u{1}\u{2}", "tab\there", "line\nbreak", "\r", " ", "   ", " a ", "\u{A0}",
        "日本語です。", "Привет мир", "مرحبا", "ไทย", "ᚠᛇᚻ", "𝕳𝖊𝖑𝖑𝖔", "𓀀𓀁", "<2es>", "<2xx>", "<s>", "</s>", "<unk>",
        "<0x41>",
        "▁", "▁▁ ▁", "Q1Q", "Q1Q {x} Q2Q", "%", "{", "}}", "`", "&", "\\", "''''", "::::", "_", "()", "--",
        "www.", "@", "#tag", "a@b", "Mr.", "No. 5", String(repeating: "ha", count: 50),
        String(repeating: "a ", count: 200),
    ]
    private static let long: [String] = [
        String(repeating: "x", count: 5_000),
        String(repeating: "Donaudampfschifffahrt", count: 60),
        String(repeating: "क्षि", count: 300),
        String(repeating: "語", count: 1_000),
        (0..<300).map { "word\($0)" }.joined(separator: " "),
        String(repeating: "The dog saw the cat, ", count: 40) + "and ran.",
        "a" + String(repeating: "\u{301}", count: 1_000),
        String(repeating: "👩‍👩‍👧‍👦", count: 500) + "x",
    ]

    @Test(arguments: TestModels.pairs)
    func nonEmptySegment_neverBecomesEmpty(pair: LanguagePair) async throws {
        let translator = try await TestModels.starter(pair.source, pair.target)
        let segments = Self.odd + Self.long
        let translations = try await translator.translate(segments, options: .init())
        try #require(translations.count == segments.count)
        for (segment, translation) in zip(segments, translations) {
            let isBlank = segment.allSatisfy(\.isWhitespace)
            #expect(
                translation.text.contains { !$0.isWhitespace } || isBlank,
                "'\(segment.prefix(50).debugDescription)'"
            )
            #expect((0...1).contains(translation.confidence))
            // What looks like a tag in the source is text, and may come out as such.
            if !segment.contains("<2") {
                #expect(!translation.text.contains("<2"), "a tag came out of '\(segment.prefix(50))'")
            }
        }
    }

    @Test func noSegments_giveNoTranslations() async throws {
        #expect(try await TestModels.starter("en", "es").translate([], options: .init()).isEmpty)
    }

    @Test func emptySegment_staysEmpty() async throws {
        let translations = try await TestModels.starter("en", "es").translate(["", "Hello."], options: .init())
        #expect(translations[0].text.isEmpty)
        #expect(!translations[1].text.isEmpty)
    }

    /// A model without a prefix gets nothing at all of such a text.
    @Test func textTheTokenizerDrops_isCopiedByAModelWithoutPrefix() async throws {
        let folder = try TemporaryFolder()
        for (name, data) in try ArgosPackageTests.files() { try folder.write(data, name) }
        let model = try TestModels.load(folder.path)
        let translator = NeuralTranslator(model, pair: .init(source: "en", target: "es"))
        let segments = ["Hello.", "\u{3164}", "\u{1}a\u{1}", "\u{0}", "ﾠ"]
        let translations = try await translator.translate(segments, options: .init(guards: false))
        for (segment, translation) in zip(segments, translations) { #expect(!translation.text.isEmpty, "'\(segment)'") }
    }
}
