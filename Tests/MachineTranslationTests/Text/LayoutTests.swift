import MachineTranslation
import Testing

/// What is not translated comes out where it was.
struct LayoutTests {
    private static let pieces = [
        "Hello there.", "One. Two? Three!", "Dr. Smith arrived.", "  ", "\t", "\n", "\r\n", "\r", "\n\n\n", "- ", "* ",
        "1. ", "  • ", "> ", "# Title", " ", "trailing   ", "https://example.com/x?y=z", "{name}", "`code`", "🎉", "42",
        "नमस्ते। आप कैसे हैं?", "¿Qué? ¡No!", "日本語。テスト。", "\u{2028}", "\u{85}", "\u{B}", "\u{C}", "\u{0}", "\u{FEFF}",
        "e\u{301}\u{302}", "👩‍👩‍👧", "a,b;c:d", "(\"quoted.\")", "...", "x", "|", "\u{200B}", "\u{A0}", "–", "no end",
    ]

    /// Odd texts: pieces strung together at random.
    static func texts(_ count: Int, seed: UInt64) -> [String] {
        var generator = SeededGenerator(seed: seed)
        return (0..<count).map { _ in
            (0..<Int.random(in: 0..<30, using: &generator))
                .map { _ in pieces.randomElement(using: &generator) ?? "" }
                .joined()
        }
    }

    private static let given = [
        "", "\n", "\r\n\r\n", "   ", "no final newline", "final newline\n", "\ttabs\tin\tit\t\n", "- a\n- b\n\n  - c\n",
        "1. One.\n2. Two.\n", "trailing spaces   \nand more  ", "a\r\nb\rc\nd", "\n\n\nthree before",
        "three after\n\n\n",
        String(repeating: "word ", count: 30_000), String(repeating: "x", count: 200_000),
        String(repeating: "A sentence ends here. ", count: 8_000), String(repeating: "\n", count: 5_000),
    ]

    @Test func identityTranslation_givesBackFiveHundredOddTexts() async throws {
        let translator = TextTranslator(IdentityTranslator())
        for text in Self.texts(500, seed: 1) + Self.given {
            let translation = try await translator.translate(text)
            // Strings compare by canonical equivalence; layout is about bytes.
            #expect(translation.text.utf8.elementsEqual(text.utf8), "\(text.prefix(200).debugDescription)")
        }
    }

    @Test(arguments: ["hi", "es", "de", "ja"])
    func sourceLanguage_makesNoDifferenceToThat(language: String) async throws {
        let translator = TextTranslator(IdentityTranslator(pair: .init(source: language, target: "zh")))
        for text in Self.texts(100, seed: 2) {
            #expect(try await translator.translate(text).text.utf8.elementsEqual(text.utf8))
        }
    }

    @Test func offsets_pointAtEverySegmentInSourceAndTarget() async throws {
        let prefixes = ["", "🎉 ", "नमस्ते ", "e\u{301}\u{302}"]
        let translator = TextTranslator(
            MappingTranslator { text in
                SegmentTranslation(text: "⟦\(prefixes[text.utf8.count % 4])\(text.uppercased())⟧", confidence: 0.5)
            }
        )
        for text in Self.texts(300, seed: 3) {
            let translation = try await translator.translate(text)
            var (source, target) = (0, 0)
            for segment in translation.segments {
                #expect(segment.source.lowerBound >= source && segment.target.lowerBound >= target)
                (source, target) = (segment.source.upperBound, segment.target.upperBound)
                let translated = String(utf16: translation.text, segment.target)
                #expect(translated == segment.translation.text)
                let original = String(utf16: text, segment.source)
                #expect(translated.hasSuffix(original.uppercased() + "⟧"))
                #expect(!original.isEmpty)
            }
            #expect(source <= text.utf16.count && target <= translation.text.utf16.count)
        }
    }

    /// Between sentences that stand side by side, and nowhere else.
    @Test func sentencesWithoutSpaceBetween_getOneInLanguagesThatHaveIt() async throws {
        let text = String(repeating: "你好吗。我很好。", count: 150) + "\n你好。"
        let translator = TextTranslator(
            MappingTranslator(pair: .init(source: "zh", target: "en")) { _ in .init(text: "Hi.", confidence: 1) }
        )
        let translation = try await translator.translate(text)
        let expected = Array(repeating: "Hi.", count: 300).joined(separator: " ") + "\nHi."
        #expect(translation.text == expected)
        #expect(translation.segments.count == 301)
        #expect(translation.segments.allSatisfy { $0.translation.text == "Hi." })
    }

    @Test func confidence_isTheMeanByLength() async throws {
        let translator = TextTranslator(
            MappingTranslator { text in
                let isLong = text.count > 2
                return SegmentTranslation(text: isLong ? "aaaaaa" : "bb", confidence: isLong ? 1 : 0)
            }
        )
        #expect(try await translator.translate("No\nYes, I do").confidence == 0.75)
        #expect(try await translator.translate("42\n\n").confidence == 1)
    }
}

extension String {
    /// The part of a text at places in UTF-16 units.
    fileprivate init(utf16 text: String, _ range: Range<Int>) {
        self = String(decoding: Array(text.utf16)[range], as: UTF16.self)
    }
}
