#if canImport(Glibc)
    private import Glibc
#else
    private import Darwin
#endif

/// Tells which language a text is written in: by fastText's statistics, corrected by the script the text is written in
/// and, for languages that have a list, by its small words.
///
/// Immutable once loaded: it may be used from any number of threads at once.
public final class LanguageIdentifier: Sendable {
    /// What a language that is not written in the text's script keeps of its probability.
    private static let foreignScript = 1e-4
    /// The least probability that statistics can give, so that other evidence can outweigh it.
    private static let floor = 1e-3

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
        let sample = TextSample(text)
        // An array, not a dictionary: sums must not depend on the order of iteration.
        var scores = classifier.probabilities(for: sample.text)
            .filter { languages?.contains($0.label) ?? true }
            .map { Score(language: $0.label, value: $0.probability) }
        let shares = scores.map { sample.share(of: WritingSystem.scripts(of: $0.language)) }
        guard shares.contains(where: { $0 > 0 }) else { return [] }
        for index in scores.indices { scores[index].value *= shares[index] + Self.foreignScript }
        weigh(FunctionWords.shared.evidence(in: sample.text), into: &scores)
        let total = scores.reduce(0) { $0 + $1.value }
        guard total > 0 else { return [] }
        return scores.sorted { ($1.value, $0.language) < ($0.value, $1.language) }
            .prefix(max(0, limit))
            .map { LanguageCandidate(language: $0.language, confidence: $0.value / total) }
    }

    /// Shares out the probability of all languages that have a list among them, by what their words say.
    ///
    /// Languages without a list are left alone: what their words would say is not known.
    private func weigh(_ evidence: [String: Double], into scores: inout [Score]) {
        let known = scores.indices.filter { evidence[scores[$0].language] != nil }
        let mass = known.reduce(0) { $0 + scores[$1].value }
        guard mass > 0 else { return }
        for index in known {
            scores[index].value = (scores[index].value / mass + Self.floor) * exp(evidence[scores[index].language] ?? 0)
        }
        let total = known.reduce(0) { $0 + scores[$1].value }
        for index in known { scores[index].value *= mass / total }
    }

    /// A language and how much speaks for it, not yet normalized.
    private struct Score {
        var language: String
        var value: Double
    }
}
