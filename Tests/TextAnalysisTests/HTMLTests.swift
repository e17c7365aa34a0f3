import Testing
import TextAnalysis

/// HTML as text to translate.
struct HTMLTests {
    private func sentences(_ html: String) -> [String] {
        HTMLSegmenter(language: "en").units(of: html).compactMap { unit in
            if case .sentence(let text) = unit { text } else { nil }
        }
    }

    static let documents: [(html: String, sentences: [String])] = [
        ("<p>One.</p><p>Two.</p>", ["One.", "Two."]),
        ("<p>One. Two.</p>", ["One.", "Two."]),
        ("<ul><li>first<li>second</ul>", ["first", "second"]),
        ("A <b>bold</b> word.", ["A <b>bold</b> word."]),
        ("A <B class='x>y'>bold</B> word.", ["A <B class='x>y'>bold</B> word."]),
        ("<!-- a > comment -->Text<!---->more", ["Text", "more"]),
        ("<script>if (a < b) { \"</p>\" }</script>Seen", ["Seen"]),
        ("<STYLE>p { }</style >Seen", ["Seen"]),
        ("<pre>Not\nthis</pre>This", ["This"]),
        ("<script>never closed", []),
        ("2 < 3 is true.", ["2 < 3 is true."]),
        ("<", []),
        ("", []),
        ("<!doctype html><title>Name</title>", ["Name"]),
    ]

    @Test(arguments: documents)
    func documents_areCutIntoSentences(html: String, expected: [String]) {
        #expect(sentences(html) == expected)
    }

    @Test func units_areTheInput() {
        let pieces = [
            "<p>", "</p>", "<b>", "a", ". ", "<", ">", "&amp;", "\"", "'", "<!--", "-->", "<script>", "é", "\n",
        ]
        var state: UInt64 = 7
        for _ in 0..<2_000 {
            var html = ""
            for _ in 0..<12 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                html += pieces[Int(state >> 33) % pieces.count]
            }
            let units = HTMLSegmenter(language: "en").units(of: html)
            #expect(units.map(\.text).joined() == html)
        }
    }

    @Test(arguments: [
        "Go <a\n  href=\"x\">there</a> now.", "Go <a download title='One. Two' href=x>there</a> now.",
        "Go <img hidden alt='A. B'> on.", "<b\r\nclass=c>x</b>", "Go <a b='\u{2028}'>there</a>.",
        "Go <a title=\"" + String(repeating: "One. Two ", count: 400) + "\">there</a> now.",
    ])
    func tags_areNeverTakenApart(html: String) {
        let units = HTMLSegmenter(language: "en").units(of: html).map { unit in
            guard case .sentence(let text) = unit else { return unit.text }
            let characters = HTMLCharacters(text)
            return characters.encode(characters.plain)
        }
        #expect(units.joined() == html)
    }

    static let characters: [(html: String, plain: String)] = [
        ("Tom &amp; Jerry", "Tom & Jerry"),
        ("1 &lt; 2", "1 < 2"),
        ("caf&eacute; &#233; &#xE9;", "café é é"),
        ("&unknown; &#xFFFFFF; &#0;", "&unknown; &#xFFFFFF; &#0;"),
        ("a & b", "a & b"),
        ("<b>x</b>", "<b>x</b>"),
    ]

    @Test(arguments: characters)
    func references_areDecoded(html: String, plain: String) {
        #expect(HTMLCharacters(html).plain == plain)
    }

    @Test(arguments: ["Tom &amp; Jerry", "1 &lt; 2", "<b>x</b> &unknown; y", "a &gt; b"])
    func plainTranslation_comesBackAsItWas(html: String) {
        let characters = HTMLCharacters(html)
        #expect(characters.encode(characters.plain) == html)
    }

    @Test func tagsThatWereText_stayText() {
        let characters = HTMLCharacters("Write &lt;script&gt; here, <b>now</b>.")
        #expect(characters.plain == "Write <script> here, <b>now</b>.")
        #expect(characters.encode(characters.plain) == "Write &lt;script&gt; here, <b>now</b>.")
        #expect(characters.encode("<img src=x onerror=y>") == "&lt;img src=x onerror=y&gt;")
    }
}
