import Testing
import TextAnalysis

struct ProtectedSpansTests {
    private static let cases: [(String, [(String, ProtectedSpan.Kind)])] = [
        ("See https://example.com/a?b=c#d.", [("https://example.com/a?b=c#d", .url)]),
        ("(https://en.wikipedia.org/wiki/A_(b))", [("https://en.wikipedia.org/wiki/A_(b)", .url)]),
        ("www.example.com, ftp://x.y/z!", [("www.example.com", .url), ("ftp://x.y/z", .url)]),
        ("https://example.comを見て", [("https://example.com", .url)]),
        ("https://de.wikipedia.org/wiki/Käse ist", [("https://de.wikipedia.org/wiki/Käse", .url)]),
        ("mailto:a@b.org", [("mailto:a@b.org", .url)]),
        ("a://b and ://c", []),
        ("Write to john.doe+x@mail.example.com.", [("john.doe+x@mail.example.com", .email)]),
        ("<john@example.com>", [("john@example.com", .email)]),
        ("a@b, @name, me@home", []),
        ("Hello {name}, {{x}} and ${x}", [("{name}", .placeholder), ("{{x}}", .placeholder), ("${x}", .placeholder)]),
        (
            "{{ user.name | title }}{% if x %}",
            [("{{ user.name | title }}", .placeholder), ("{% if x %}", .placeholder)]
        ),
        (
            "{0} {user.name} {0:.2f} {} {n, number}",
            [
                ("{0}", .placeholder), ("{user.name}", .placeholder), ("{0:.2f}", .placeholder), ("{}", .placeholder),
                ("{n, number}", .placeholder),
            ]
        ),
        ("{not a placeholder}", []),
        (
            "%s of %1$d: %(name)s, %.2f %5d %@ %%",
            [
                ("%s", .placeholder), ("%1$d", .placeholder), ("%(name)s", .placeholder), ("%.2f", .placeholder),
                ("%5d", .placeholder), ("%@", .placeholder), ("%%", .placeholder),
            ]
        ),
        ("%ds ago, %1 of %2", [("%d", .placeholder), ("%1", .placeholder), ("%2", .placeholder)]),
        ("100% de los, 50%discount, 5 % sure, %discount", []),
        (
            "<b>bold</b> <0/> <br /> <a href=\"x>y\" class='c'>z</a>",
            [
                ("<b>", .markup), ("</b>", .markup), ("<0/>", .markup), ("<br />", .markup),
                ("<a href=\"x>y\" class='c'>", .markup), ("</a>", .markup),
            ]
        ),
        ("a < b and c > d; x <y and z> w; 1<2>", [("<2>", .markup)]),
        (
            "Q&amp;A &#39;x&#x27; R&D; a & b",
            [("&amp;", .markup), ("&#39;", .markup), ("&#x27;", .markup), ("&D;", .markup)]
        ),
        ("<!-- hidden --> shown", [("<!-- hidden -->", .markup)]),
        ("Run `ls -l` or ``a ` b`` or `", [("`ls -l`", .code), ("``a ` b``", .code)]),
        (
            "👍 👍🏽 👩‍👩‍👧 🇩🇪 1️⃣ ❤️ ☎",
            [
                ("👍", .emoji), ("👍🏽", .emoji), ("👩‍👩‍👧", .emoji), ("🇩🇪", .emoji), ("1️⃣", .emoji), ("❤️", .emoji),
            ]
        ),
        ("🏴󠁧󠁢󠁥󠁮󠁧󠁿 #️⃣", [("🏴󠁧󠁢󠁥󠁮󠁧󠁿", .emoji), ("#️⃣", .emoji)]),
        ("© ™ 5 * #1 नमस्ते 你好", []),
        ("", []),
    ]

    @Test(arguments: cases)
    func protectedPartsAreFound(text: String, expected: [(String, ProtectedSpan.Kind)]) {
        let found = ProtectedSpans.find(in: text)
        #expect(found.map { String(text[$0.range]) } == expected.map(\.0))
        #expect(found.map(\.kind) == expected.map(\.1))
    }

    @Test(arguments: [
        "{", "{{", "<", "<a", "<a b=\"", "<a '", "a@", "a@a.", "@", "`", "` `` ", "%", "%(a", "$", "${", "&", "&a",
        "://",
        "a://", "www.", "(", "http://(", "\u{200D}", "👩‍", "🇩", "1\u{FE0F}", "<!--", "<!--<", "{a:", "{%",
    ])
    func hostileTextTakesLinearTime(unit: String) {
        let durations = [20_000, 200_000].map { Self.duration(of: unit, size: $0) }
        // Ten times the text: quadratic time would be a hundred times as long.
        #expect(durations[1] < durations[0] * 40 + .milliseconds(200), "\(durations)")
    }

    @Test(arguments: ["{{{{{{", "<<<<", "a@a@a@"])
    func megabyteOfHostileTextIsDoneSoon(unit: String) {
        #expect(Self.duration(of: unit, size: 1_000_000) < .seconds(10))
    }

    private static func duration(of unit: String, size: Int) -> Duration {
        let text = String(repeating: unit, count: size / unit.utf8.count)
        return ContinuousClock().measure { _ = ProtectedSpans.find(in: text) }
    }

    @Test(arguments: [
        ("Hello", true), ("नमस्ते", true), ("你好", true), ("5 km", true), ("Hi {name}", true), ("`a` or `b`", true),
        ("", false), ("   ", false), ("42, 3.14 – 100%!", false), ("https://example.com", false), ("a@b.org", false),
        ("{name}: %s", false), ("`let x = 1`", false), ("😀 👍🏽", false), ("<b></b>", false), ("٣٤", false),
        ("…?!", false),
    ])
    func onlyLettersOutsideProtectedPartsAreTranslatable(text: String, expected: Bool) {
        #expect(isTranslatable(text) == expected)
    }
}

struct ProtectedTextTests {
    private static func protect(_ text: String) -> ProtectedText {
        ProtectedText(text) { "⟦\($0)⟧" }
    }

    @Test func spansBecomeMarkersAndComeBack() {
        let text = Self.protect("Hello {name}, see https://example.com now.")
        #expect(text.text == "Hello ⟦0⟧, see ⟦1⟧ now.")
        #expect(text.spans == ["{name}", "https://example.com"])
        #expect(text.restore(in: "Mira ⟦1⟧ ahora, ⟦0⟧.") == "Mira https://example.com ahora, {name}.")
    }

    @Test func spansThatTouchShareAMarker() {
        let text = Self.protect("<b><i>Hi</i></b>")
        #expect(text.text == "⟦0⟧Hi⟦1⟧")
        #expect(text.parts == [.span("<b><i>"), .text("Hi"), .span("</i></b>")])
    }

    @Test(arguments: ["Hola.", "Hola ⟦0⟧ ⟦0⟧ ⟦1⟧", "⟦0⟧", "⟦1⟧ ⟦1⟧", "⟦0 ⟧ ⟦1⟧", ""])
    func translationThatLostOrDoubledAMarkerIsRefused(translation: String) {
        #expect(Self.protect("{a} and {b}").restore(in: translation) == nil)
    }

    @Test func markerUnderACombiningMarkIsFound() {
        #expect(Self.protect("{a} x").restore(in: "x ⟦0⟧\u{301}") == "x {a}\u{301}")
    }

    @Test func sentenceThatHoldsAMarkerIsNotRestoredWrongly() {
        let text = Self.protect("⟦0⟧ {a}")
        #expect(text.restore(in: text.text) == nil)
    }

    @Test func textWithoutSpansIsKept() {
        let text = Self.protect("Plain.")
        #expect(text.text == "Plain." && text.spans.isEmpty && text.parts == [.text("Plain.")])
        #expect(text.restore(in: "Simple.") == "Simple.")
    }

    @Test(arguments: ["", "{a}", "x{a}y{b}", "😀😀", "a `b` c"])
    func partsJoinedAreTheSentence(sentence: String) {
        let joined = Self.protect(sentence).parts.map { part in
            switch part {
            case .text(let text), .span(let text): text
            }
        }.joined()
        #expect(joined == sentence)
    }

    @Test(arguments: ["{a} ", "{a}b", "<b>x"])
    func thousandsOfMarkersAreFoundInOnePass(unit: String) {
        let text = Self.protect(String(repeating: unit, count: 40_000))
        let time = ContinuousClock().measure { #expect(text.restore(in: text.text) != nil) }
        // A pass for each marker takes half a minute.
        #expect(time < .seconds(10))
    }

    @Test func thousandsOfSpansThatTouchAreOneSpan() {
        let text = String(repeating: "👍🏽", count: 100_000)
        let time = ContinuousClock().measure { #expect(Self.protect(text).spans == [text]) }
        // To copy the span for each emoji takes half a minute.
        #expect(time < .seconds(10))
    }

    @Test(arguments: ["⟦0⟧1⟧ ⟦1⟧", "⟦⟦0⟧ ⟦1⟧⟧"])
    func halfAMarkerBesideAMarkerIsText(translation: String) {
        let expected = translation.replacing("⟦0⟧", with: "{a}").replacing("⟦1⟧", with: "{b}")
        #expect(Self.protect("{a} and {b}").restore(in: translation) == expected)
    }
}
