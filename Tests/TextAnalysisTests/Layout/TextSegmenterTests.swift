import Testing
import TextAnalysis

struct TextSegmenterTests {
    @Test(
        arguments: [
            ("Hello. Bye.", [.sentence("Hello."), .verbatim(" "), .sentence("Bye.")]),
            ("Hello.\n", [.sentence("Hello."), .verbatim("\n")]),
            ("A one.\r\nB two.", [.sentence("A one."), .verbatim("\r\n"), .sentence("B two.")]),
            ("A one.\rB two.\r", [.sentence("A one."), .verbatim("\r"), .sentence("B two."), .verbatim("\r")]),
            ("\n\n", [.verbatim("\n"), .verbatim("\n")]),
            ("  Hi there \t\n", [.verbatim("  "), .sentence("Hi there"), .verbatim(" \t\n")]),
            (
                "- One\n* Two\n• Three",
                [
                    .verbatim("- "), .sentence("One"), .verbatim("\n"), .verbatim("* "), .sentence("Two"),
                    .verbatim("\n"),
                    .verbatim("• "), .sentence("Three"),
                ]
            ),
            (
                "1. Open it. Close it.",
                [.verbatim("1. "), .sentence("Open it."), .verbatim(" "), .sentence("Close it.")]
            ),
            ("2.1. Scope", [.verbatim("2.1. "), .sentence("Scope")]),
            (
                "  (a) First\n  b) Second",
                [
                    .verbatim("  (a) "), .sentence("First"), .verbatim("\n"), .verbatim("  b) "), .sentence("Second"),
                ]
            ),
            ("## Title", [.verbatim("## "), .sentence("Title")]),
            ("> > quoted text", [.verbatim("> > "), .sentence("quoted text")]),
            (">>quoted text", [.verbatim(">>"), .sentence("quoted text")]),
            ("- [x] Done", [.verbatim("- [x] "), .sentence("Done")]),
            ("-5 degrees", [.sentence("-5 degrees")]),
            ("1990 was good", [.sentence("1990 was good")]),
            ("3.14 is pi", [.sentence("3.14 is pi")]),
            ("#hashtag", [.sentence("#hashtag")]),
            ("(see below) Hello", [.sentence("(see below) Hello")]),
            ("42", [.verbatim("42")]),
            ("https://example.com/a 😀 `let x = 1`\n", [.verbatim("https://example.com/a 😀 `let x = 1`\n")]),
            ("Hi. (12.) Bye.", [.sentence("Hi."), .verbatim(" (12.) "), .sentence("Bye.")]),
            (
                "A one.\u{2028}B two.\u{85}",
                [
                    .sentence("A one."), .verbatim("\u{2028}"), .sentence("B two."), .verbatim("\u{85}"),
                ]
            ),
            ("", []),
        ] as [(String, [TextUnit])]
    )
    func linesAreCutIntoUnits(text: String, expected: [TextUnit]) {
        #expect(Self.units(of: [text]) == expected)
    }

    @Test(arguments: [
        ("3. Oktober ist Feiertag.", [TextUnit.sentence("3. Oktober ist Feiertag.")]),
        ("3. Oper besuchen", [.verbatim("3. "), .sentence("Oper besuchen")]),
    ])
    func germanOrdinalIsNoBullet(text: String, expected: [TextUnit]) {
        #expect(Self.units(of: [text], language: "de") == expected)
    }

    @Test(arguments: 0..<40)
    func chunkingChangesNothing(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let parts = [
            "Hello there. ", "Dr. Who? ", "\r\n", "\n", "\r", "- ", "1. ", "e\u{301}\u{302}", "👩‍👩‍👧 ", "नमस्ते। ", "你好。",
            "\u{2028}",
            "\u{85}", "  ", "`a. B` ", "https://a.b/c?d ", "> ", "{x} ", "\u{0}", "\u{20AC}",
        ]
        let text = (0..<60).map { _ in parts.randomElement(using: &random) ?? "" }.joined()
        let whole = Self.units(of: [text])
        #expect(whole.map(\.text).joined().unicodeScalars.elementsEqual(text.unicodeScalars))
        #expect(Self.units(of: text.unicodeScalars.map { String($0) }) == whole)
        #expect(Self.units(of: Self.chunks(of: text, &random)) == whole)
    }

    @Test(arguments: [
        String(repeating: "This is a sentence. ", count: 8_000),
        String(repeating: "word ", count: 30_000),
        String(repeating: "字", count: 50_000),
        String(repeating: ">", count: 150_000),
        "e" + String(repeating: "\u{301}", count: 80_000),
    ])
    func longLineIsCutAndLosesNothing(text: String) {
        var random = SplitMix64(seed: 1)
        let whole = Self.units(of: [text])
        #expect(whole.map(\.text).joined().utf8.elementsEqual(text.utf8))
        #expect(whole.allSatisfy { $0.text.utf8.count <= TextSegmenter.maximumLine })
        #expect(Self.units(of: Self.chunks(of: text, &random)) == whole)
    }

    @Test func longLineIsCutWhereSentencesEnd() {
        let units = Self.units(of: [String(repeating: "This is a sentence. ", count: 8_000)])
        #expect(units.count == 16_000)
        #expect(units.allSatisfy { $0 == .sentence("This is a sentence.") || $0 == .verbatim(" ") })
    }

    @Test func segmenterIsAsNewAfterFinish() {
        var segmenter = TextSegmenter(language: "en")
        _ = segmenter.append("Half a line")
        _ = segmenter.finish()
        #expect(segmenter.finish() == [])
        #expect(segmenter.append("- Next\n") == [.verbatim("- "), .sentence("Next"), .verbatim("\n")])
    }

    @Test func whoeverWaitsNoLongerEndsTheCutting() {
        struct Enough: Error {}
        var checks = 0
        let text = String(repeating: "A sentence. <p>Another one.</p> ", count: 100_000)
        func check() throws {
            checks += 1
            if checks == 20 { throw Enough() }
        }
        #expect(throws: Enough.self) { try TextSegmenter.units(of: text, language: "en", checking: check) }
        checks = 0
        #expect(throws: Enough.self) { try HTMLSegmenter(language: "en").units(of: text, checking: check) }
        checks = -1_000_000
        let units = try? TextSegmenter.units(of: text, language: "en", checking: check)
        // Between two looks little is done.
        #expect(1_000_000 + checks >= text.utf8.count / (16 << 10))
        #expect(units == Self.units(of: [text]))
    }

    private static func units(of chunks: [String], language: String = "en") -> [TextUnit] {
        var segmenter = TextSegmenter(language: language)
        return chunks.flatMap { segmenter.append($0) } + segmenter.finish()
    }

    /// Random cuts between Unicode scalars: also inside "\r\n" and inside characters.
    private static func chunks(of text: String, _ random: inout SplitMix64) -> [String] {
        var chunks: [String] = []
        var rest = text.unicodeScalars[...]
        while !rest.isEmpty {
            let bound = text.utf8.count > 10_000 ? 20_000 : 7
            let chunk = rest.prefix(Int.random(in: 1...bound, using: &random))
            chunks.append(String(String.UnicodeScalarView(chunk)))
            rest = rest[chunk.endIndex...]
        }
        return chunks
    }
}
