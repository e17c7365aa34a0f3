internal import Foundation
package import TextAnalysis

/// Recognises the language of a text that is to be translated.
package struct SourceLanguageDetector: Sendable {
    /// How much of a text is looked at, in Unicode scalars: one character may be as long as the text.
    private static let sampleLength = 4096
    /// How sure it must be that a text is in a language that cannot be translated.
    private static let certainty = 0.8
    /// The same where its script says so already.
    private static let likelihood = 0.5

    private let identifier: LanguageIdentifier

    package init(_ identifier: LanguageIdentifier) { self.identifier = identifier }

    /// The source languages of a table that the text may be in, the likeliest first, `limit` at most.
    package func candidates(for text: String, in table: LanguageTable, limit: Int = 5) -> [LanguageCandidate] {
        let codes = table.sourcesByLanguage
        let languages = identifier.reading(of: Self.sample(of: text)).candidates(among: Set(codes.keys), limit: .max)
        // Several languages may be one of the table's, such as those that are counted with Chinese.
        let sums = languages.reduce(into: [String: Double]()) { sums, candidate in
            sums[codes[candidate.language] ?? candidate.language, default: 0] += candidate.confidence
        }
        return sums.map { LanguageCandidate(language: $0.key, confidence: $0.value) }
            .sorted { ($1.confidence, $0.language) < ($0.confidence, $1.language) }
            .prefix(max(0, limit))
            .map(\.self)
    }

    /// The language to translate a text from, where the caller left that open; the target's own, if the text is in that
    /// already.
    ///
    /// All languages that are known are considered: a text that is surely in one that no model translates is not taken
    /// for one of those that some model does.
    /// - Parameter target: a code of the table.
    /// - Returns: nil for a text without words: numbers, addresses and the like, which any language copies.
    /// - Throws: `LanguageProblem` `.impossible` for such a text; `.undetected` where nothing is recognised.
    package func source(
        of text: String,
        to target: String,
        in table: LanguageTable
    ) throws(LanguageProblem) -> String? {
        var possible = table.languages(to: target)
        let sample = Self.sample(of: text)
        guard isTranslatable(sample) else { return nil }
        let reading = identifier.reading(of: sample)
        let isShort = Self.isShort(sample)
        let best = reading.candidates(limit: 1).first
        if let best, !isShort, best.confidence >= Self.certainty, possible[best.language] == nil {
            throw Self.untranslatable(best, target)
        }
        // A text of a few words says little about its language; that it is to be translated says it is not the target's.
        if isShort { possible = possible.filter { $0.value != target } }
        if possible.count == 1, let only = possible.values.first { return only }
        if let likeliest = reading.candidates(among: Set(possible.keys), limit: 1).first,
            let code = possible[likeliest.language]
        {
            return code
        }
        // Nothing that is translated is written in its letters, so that it need not be as sure.
        if let best, best.confidence >= Self.likelihood { throw Self.untranslatable(best, target) }
        throw LanguageProblem(
            .undetected,
            "The source language could not be recognised; expected one of: "
                + "\(table.sources(to: target).sorted().joined(separator: ", "))."
        )
    }

    private static func sample(of text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.prefix(sampleLength)))
    }

    /// Whether a text is a few words only; in scripts that may do without spaces, a few letters.
    private static func isShort(_ sample: String) -> Bool {
        guard sample.split(maxSplits: 4, whereSeparator: \.isWhitespace).count < 4 else { return false }
        // From Thai on.
        return sample.unicodeScalars.count { $0.value >= 0xE00 && $0.properties.isAlphabetic } < 12
    }

    private static func untranslatable(_ candidate: LanguageCandidate, _ target: String) -> LanguageProblem {
        let (source, target) = (LanguageCodes.name(of: candidate.language), LanguageCodes.name(of: target))
        let confidence = String(format: "%.2f", candidate.confidence)
        return LanguageProblem(
            .impossible,
            "This is \(source) ('\(candidate.language)', \(confidence)), and no model translates from \(source) to "
                + "\(target). If it is something else, give the source language."
        )
    }
}
