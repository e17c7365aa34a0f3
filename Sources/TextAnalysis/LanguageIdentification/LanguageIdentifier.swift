/// Tells which language a text is written in: by fastText's statistics, corrected by the script the text is written in
/// and, for languages that have a list, by its small words.
///
/// Immutable once loaded: it may be used from any number of threads at once.
public final class LanguageIdentifier: Sendable {
    private let classifier: FastTextClassifier

    /// Loads a fastText model whose labels are language codes, such as lid.176.ftz.
    ///
    /// The file is not trusted: it is checked as a whole before fastText sees it.
    /// - Throws: `TextAnalysisError` that names the file, what was found in it and what was expected.
    public init(modelFile path: String) throws {
        classifier = try FastTextClassifier(file: path)
    }

    /// The languages that `text` may be written in, most likely first.
    ///
    /// - Parameters:
    ///   - languages: the languages to choose from; nil for all that the model knows.
    ///   - limit: the most candidates to return.
    /// - Returns: nothing if the text has no letters, or if none of the languages is written in its script.
    public func candidates(
        for text: String,
        among languages: Set<String>? = nil,
        limit: Int = 5
    ) -> [LanguageCandidate] {
        reading(of: text).candidates(among: languages, limit: limit)
    }

    /// What `text` says about its language; to be asked as often as one likes.
    public func reading(of text: String) -> LanguageReading {
        let sample = TextSample(text)
        // An array, not a dictionary: sums must not depend on the order of iteration.
        let scores = classifier.probabilities(for: sample.text).map { prediction in
            LanguageReading.Score(
                language: prediction.label,
                value: prediction.probability,
                share: sample.share(of: WritingSystem.scripts(of: prediction.label))
            )
        }
        return LanguageReading(scores: scores, evidence: FunctionWords.shared.evidence(in: sample.text))
    }
}
