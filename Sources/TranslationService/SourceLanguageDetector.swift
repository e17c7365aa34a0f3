internal import Foundation
package import TextAnalysis

/// Recognises the language of a text among those that can be translated.
package struct SourceLanguageDetector: Sendable {
    /// How much of a text is looked at, in characters.
    private static let sample = 4096

    private let identifier: LanguageIdentifier

    package init(_ identifier: LanguageIdentifier) { self.identifier = identifier }

    /// The languages that the text may be in, the likeliest first.
    package func candidates(for text: String, among languages: Set<String>) -> [LanguageCandidate] {
        identifier.candidates(for: String(text.prefix(Self.sample)), among: languages)
    }

    /// The language to translate a text from, where the caller left that open.
    /// - Parameter target: what it is to be translated to. A text of a few words says little about its language; that it
    ///   is to be translated says that it is not the target's.
    /// - Returns: nil where the text's language is none of the possible ones.
    package func source(of text: String, target: String, among languages: Set<String>) -> String? {
        if languages.count == 1 { return languages.first }
        let sample = String(text.prefix(Self.sample))
        // Numbers, addresses and the like: any language copies them.
        guard isTranslatable(sample) else { return languages.subtracting([target]).min() }
        let isShort = sample.split(maxSplits: 4, whereSeparator: \.isWhitespace).count < 4
        let possible = isShort ? languages.subtracting([target]) : languages
        return identifier.candidates(for: sample, among: possible, limit: 1).first?.language
    }
}
