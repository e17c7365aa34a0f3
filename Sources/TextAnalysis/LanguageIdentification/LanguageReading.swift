#if canImport(Glibc)
    private import Glibc
#else
    private import Darwin
#endif

/// What statistics, script and small words of a text say about the language it is written in.
public struct LanguageReading: Sendable {
    /// A language and how much speaks for it, not yet normalized.
    struct Score: Sendable {
        var language: String
        /// By the statistics.
        var value: Double
        /// The share of the text's letters that the language is written in.
        var share: Double
    }

    /// What a language that is not written in the text's script keeps of its probability.
    private static let foreignScript = 1e-4
    /// The least probability that statistics can give, so that other evidence can outweigh it.
    private static let floor = 1e-3

    /// Every language that is known.
    let scores: [Score]
    /// What words say, as logarithms, for the languages with a list of them.
    let evidence: [String: Double]

    /// The languages that the text may be written in, most likely first.
    ///
    /// - Parameters:
    ///   - languages: the languages to choose from; nil for all that are known.
    ///   - limit: the most candidates to return.
    /// - Returns: nothing if the text has no letters, or if none of the languages is written in its script.
    public func candidates(among languages: Set<String>? = nil, limit: Int = 5) -> [LanguageCandidate] {
        var scores = scores.filter { languages?.contains($0.language) ?? true }
        guard scores.contains(where: { $0.share > 0 }) else { return [] }
        for index in scores.indices { scores[index].value *= scores[index].share + Self.foreignScript }
        weigh(&scores)
        let total = scores.reduce(0) { $0 + $1.value }
        guard total > 0 else { return [] }
        return scores.sorted { ($1.value, $0.language) < ($0.value, $1.language) }
            .prefix(max(0, limit))
            .map { LanguageCandidate(language: $0.language, confidence: $0.value / total) }
    }

    /// Shares out the probability of all languages that have a list among them, by what their words say.
    ///
    /// Languages without a list are left alone: what their words would say is not known.
    private func weigh(_ scores: inout [Score]) {
        let known = scores.indices.filter { evidence[scores[$0].language] != nil }
        let mass = known.reduce(0) { $0 + scores[$1].value }
        guard mass > 0 else { return }
        for index in known {
            scores[index].value = (scores[index].value / mass + Self.floor) * exp(evidence[scores[index].language] ?? 0)
        }
        let total = known.reduce(0) { $0 + scores[$1].value }
        for index in known { scores[index].value *= mass / total }
    }
}
