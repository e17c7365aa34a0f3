import Testing

/// A kind of text that was made to hurt, in any size.
struct HostileShape: Sendable, CustomTestStringConvertible {
    let name: String
    /// Of so many bytes, give or take a few.
    let text: @Sendable (_ bytes: Int) -> String

    var testDescription: String { name }

    private init(_ name: String, _ text: @escaping @Sendable (Int) -> String) {
        self.name = name
        self.text = text
    }

    /// A unit over and over.
    private init(_ name: String, repeating unit: String) {
        self.init(name) { String(repeating: unit, count: max(1, $0 / unit.utf8.count)) }
    }

    /// What people write, to measure by: sentences in lines of a few hundred bytes.
    static func ordinary(_ bytes: Int) -> String {
        let sentences = [
            "The ferry to the island leaves at half past seven, unless the wind is too strong. ",
            "On Monday, Dr. Meyer showed a map of the old town to her guests, and nobody said a word. ",
            "Prices rose by 3.5 % in March; wages did not. ", "Have you seen the new bridge? ",
            "Please send the form to the office before 12 o'clock, or call Mr. Jones.\n",
        ]
        var text = ""
        for index in 0... {
            guard text.utf8.count < bytes else { break }
            text += sentences[index % sentences.count]
        }
        return text
    }

    static let all: [HostileShape] = spans + marks + sentences + markup + layout

    private static let spans = [
        HostileShape("a long mark-like word and placeholders") { bytes in
            "Q" + String(repeating: "X", count: bytes / 2) + " " + String(repeating: "{}a", count: bytes / 6)
        },
        HostileShape("a ladder of mark-like words and placeholders") { bytes in
            var text = ""
            for rung in 1... {
                guard text.utf8.count < bytes else { break }
                text += "Q" + String(repeating: "X", count: rung) + "{a} "
            }
            return text
        },
        HostileShape("placeholders without space", repeating: "{}a"),
        HostileShape("nested braces") { String(repeating: "{", count: $0 / 2) + String(repeating: "}", count: $0 / 2) },
        HostileShape("open braces and formats", repeating: "{a:%("),
        HostileShape("addresses", repeating: "http://a.b/(c "),
        HostileShape("beginnings of addresses", repeating: "a://www."),
        HostileShape("mail addresses without end", repeating: "a@a."),
        HostileShape("backticks", repeating: "` `` ``` "),
        HostileShape("code", repeating: "`a` b "),
    ]

    private static let marks = [
        HostileShape("combining marks in two orders") { "a" + String(repeating: "\u{301}\u{316}", count: $0 / 4) },
        HostileShape("combining marks behind spaces", repeating: " \u{301}a"),
        HostileShape("emoji that touch", repeating: "👍🏽"),
        HostileShape("emoji joined without end", repeating: "👩\u{200D}"),
        HostileShape("flags", repeating: "🇩🇪🇫"),
        HostileShape("joiners in Devanagari", repeating: "क\u{94D}\u{200D}"),
        HostileShape("marks of direction", repeating: "\u{202E}a\u{202C}\u{200F}"),
        HostileShape("characters that unfold", repeating: "\u{FDFA}"),
        HostileShape("Chinese without a full stop", repeating: "語"),
        HostileShape("Chinese with nothing but full stops", repeating: "語。」"),
    ]

    private static let sentences = [
        HostileShape("one letter", repeating: "a"),
        HostileShape("words without an end", repeating: "word "),
        HostileShape("titles", repeating: "Mr. "),
        HostileShape("initials", repeating: "J. R. "),
        HostileShape("numbers with full stops", repeating: "1. "),
        HostileShape("digits", repeating: "1234567890"),
        HostileShape("ellipses", repeating: "... "),
        HostileShape("full stops and marks that close", repeating: "a.\")] "),
        HostileShape("quotation marks", repeating: "\"'»«"),
        HostileShape("question marks", repeating: "?! A"),
        HostileShape("spaces") { String(repeating: " ", count: $0 - 1) + "a" },
    ]

    private static let markup = [
        HostileShape("tags", repeating: "<b>x</b>"),
        HostileShape("tags without an end", repeating: "<a "),
        HostileShape("tags with open quotation marks", repeating: "<a b=\"<c '"),
        HostileShape("nested tags") { String(repeating: "<div><i>", count: $0 / 8) },
        HostileShape("comments without an end", repeating: "<!-- "),
        HostileShape("declarations as text", repeating: "&lt;!a"),
        HostileShape("references", repeating: "&amp;a"),
        HostileShape("references without an end", repeating: "&#x26"),
        HostileShape("scripts", repeating: "<script></scrip>"),
        HostileShape("paragraphs of one letter", repeating: "<p>a"),
    ]

    private static let layout = [
        HostileShape("lines of one letter", repeating: "a\n"),
        HostileShape("lines of one sentence", repeating: "A.\r"),
        HostileShape("quotation signs", repeating: ">> "),
        HostileShape("bullets in bullets", repeating: "- [x] 1. "),
        HostileShape("chains of numbers", repeating: "1.1."),
    ]
}
