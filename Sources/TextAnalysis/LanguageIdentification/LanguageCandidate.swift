/// A language that a text may be written in.
public struct LanguageCandidate: Sendable, Equatable {
    /// The language's code: ISO 639-1 where there is one, otherwise ISO 639-3.
    public var language: String
    /// How likely it is, between 0 and 1. The confidences of all languages considered add up to 1.
    public var confidence: Double

    /// Makes a candidate from its parts.
    public init(language: String, confidence: Double) {
        self.language = language
        self.confidence = confidence
    }
}
