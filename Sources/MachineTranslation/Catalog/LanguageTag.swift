internal import Foundation

/// A language's code taken apart: BCP 47, with `_` as good as `-`, in capitals or not.
///
/// Codes that others replaced, and the three-letter codes of ISO 639-2 and 639-3, become the one that is used today, so
/// that `iw`, `heb` and `he` are one language.
struct LanguageTag: Hashable, Sendable {
    /// ISO 639-1 where there is one, otherwise ISO 639-3.
    var language: String
    /// ISO 15924, such as `Hans`.
    var script: String?
    /// ISO 3166 or UN M.49, such as `BR` or `419`.
    var region: String?

    /// The longest code that is looked at, in bytes.
    static let longest = 35

    /// - Returns: nil for what is no code of a language. Variants and extensions are left out.
    init?(_ text: String) {
        guard (2...Self.longest).contains(text.utf8.count) else { return nil }
        var parts = text.lowercased().split(omittingEmptySubsequences: false) { $0 == "-" || $0 == "_" }[...]
        guard parts.allSatisfy(Self.isPart), let first = parts.popFirst(), Self.isWord(first, 2...3) else { return nil }
        language = String(first)
        // A language behind the one that it is counted with says more: `zh-yue` is Cantonese.
        if Self.collective.contains(language), let extended = parts.first, Self.isWord(extended, 3...3) {
            language = String(extended)
            parts.removeFirst()
        }
        if let script = parts.first, Self.isWord(script, 4...4) {
            self.script = script.prefix(1).uppercased() + script.dropFirst()
            parts.removeFirst()
        }
        if let region = parts.first, Self.isRegion(region) {
            self.region = region.uppercased()
            parts.removeFirst()
        }
        // Then come variants, and behind a single letter whatever somebody has agreed on.
        guard parts.prefix(while: { $0.utf8.count > 1 }).allSatisfy({ $0.utf8.count >= 4 }) else { return nil }
        modernise()
    }

    /// The script and the region that are meant where none is written, as Unicode knows them: `zh-TW` is in `Hant`, and
    /// `pt` is that of `BR`.
    var likely: (script: String?, region: String?) {
        let written = [language, script, region].compactMap(\.self).joined(separator: "-")
        let full = LanguageTag(Locale.Language(identifier: written).maximalIdentifier)
        return (script ?? full?.script, region ?? full?.region)
    }

    /// The languages that one is counted with, or that are counted with it: each may stand for the other where that is
    /// all there is.
    static func relatives(of language: String) -> [String] {
        members[language] ?? members.filter { $0.value.contains(language) }.map(\.key).sorted()
    }

    private mutating func modernise() {
        if let alias = Self.aliases[language], let tag = LanguageTag(alias) {
            self = LanguageTag(tag.language, script ?? tag.script, region ?? tag.region)
        } else if language.utf8.count == 3 {
            language =
                Self.terminology[language] ?? LanguageCodes.individual[language]
                ?? Locale.LanguageCode(language).identifier(.alpha2) ?? language
        }
    }

    private init(_ language: String, _ script: String?, _ region: String?) {
        (self.language, self.script, self.region) = (language, script, region)
    }

    // MARK: Forms

    private static func isPart(_ part: Substring) -> Bool {
        (1...8).contains(part.utf8.count) && part.utf8.allSatisfy { isLetter($0) || isDigit($0) }
    }

    private static func isWord(_ part: Substring, _ length: ClosedRange<Int>) -> Bool {
        length.contains(part.utf8.count) && part.utf8.allSatisfy(isLetter)
    }

    private static func isRegion(_ part: Substring) -> Bool {
        isWord(part, 2...2) || (part.utf8.count == 3 && part.utf8.allSatisfy(isDigit))
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    // MARK: Tables

    /// Codes that were replaced, and those that Argos Translate made up (`pb`, `zt`).
    private static let aliases = [
        "cmn": "zh", "fil": "tl", "in": "id", "iw": "he", "ji": "yi", "jw": "jv", "mo": "ro", "pb": "pt-BR",
        "zt": "zh-Hant",
    ]

    /// Codes of libraries (ISO 639-2/B) that differ from those of languages.
    private static let terminology = [
        "alb": "sq", "arm": "hy", "baq": "eu", "bur": "my", "chi": "zh", "cze": "cs", "dut": "nl", "fre": "fr",
        "geo": "ka", "ger": "de", "gre": "el", "ice": "is", "mac": "mk", "mao": "mi", "may": "ms", "per": "fa",
        "rum": "ro", "slo": "sk", "tib": "bo", "wel": "cy",
    ]

    /// Languages in whose codes another may follow.
    private static let collective: Set<String> = ["ar", "kok", "lv", "ms", "sgn", "sw", "uz", "zh"]

    /// Languages that are counted with another, the likeliest to be meant first.
    private static let members = [
        "ar": ["arz", "ary", "apc", "acm", "ars"], "fa": ["prs"], "no": ["nb", "nn"],
        "sh": ["sr", "hr", "bs"], "zh": ["yue", "wuu"],
    ]
}
