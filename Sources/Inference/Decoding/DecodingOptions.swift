/// How a translation is searched for. The meaning of every option is CTranslate2's, so that results can be compared.
public struct DecodingOptions: Sendable, Hashable {
    /// Hypotheses kept alive; 1 decodes greedily.
    public var beamSize = 2
    /// Decoding goes on until `beamSize · patience` hypotheses have ended.
    public var patience: Float = 1
    /// Scores are divided by length to this power, the end token counted.
    public var lengthPenalty: Float = 1
    /// Weight of Σ log min(coverage, 1) over the source tokens, added to a hypothesis' score.
    public var coveragePenalty: Float = 0
    /// Logits of tokens already produced are divided by this where positive, multiplied where negative; 1 for none.
    public var repetitionPenalty: Float = 1
    /// No n-gram of this size is produced twice; 0 for no such rule.
    public var noRepeatNgramSize = 0
    /// Most tokens of a hypothesis, prefix and end included.
    public var maximumLength = 256
    /// Fewest tokens before the end.
    public var minimumLength = 1
    /// If set, the length is also at most this × the source's tokens, special ones included, + 10.
    public var maximumLengthPerSourceToken: Float?
    /// If set, the length is also at least this × the source's tokens, special ones included; the maximum goes first.
    public var minimumLengthPerSourceToken: Float?
    /// How many hypotheses are returned, best first; at most `beamSize · patience`.
    public var hypotheses = 1
    /// Whether the unknown token may be produced.
    public var allowsUnknown = true
    /// Whether the attention to the source is returned.
    public var returnsAttention = false
    /// Whether greedy decoding computes scores, which takes the sum over the vocabulary. Beams always do.
    public var returnsScores = true

    public init() {}

    /// Largest beam that is accepted.
    public static let largestBeam = 64

    /// Refuses values that make no sense together.
    /// - Throws: `.invalidRequest` that names the option.
    func validate() throws {
        try validateSearch()
        try validateLengths()
    }

    private func require(_ condition: Bool, _ problem: @autoclosure () -> String) throws {
        if !condition { throw InferenceError(.invalidRequest, problem()) }
    }

    private func validateSearch() throws {
        try require(
            (1...Self.largestBeam).contains(beamSize),
            "The beam size is \(beamSize), expected 1 to \(Self.largestBeam)."
        )
        try require(patience > 0 && patience <= 16, "The patience is \(patience), expected more than 0, at most 16.")
        try require(
            (1...finishedHypothesesWanted).contains(hypotheses),
            "\(hypotheses) hypotheses are asked for, expected 1 to \(finishedHypothesesWanted) (the beam size × patience)."
        )
        try require(
            repetitionPenalty > 0 && repetitionPenalty.isFinite,
            "The repetition penalty is \(repetitionPenalty), expected more than 0."
        )
        try require(noRepeatNgramSize >= 0, "The n-gram size is \(noRepeatNgramSize), expected at least 0.")
        try require(lengthPenalty.isFinite, "The length penalty is \(lengthPenalty), expected a finite number.")
        try require(coveragePenalty.isFinite, "The coverage penalty is \(coveragePenalty), expected a finite number.")
    }

    private func validateLengths() throws {
        try require(maximumLength > 0, "The maximum length is \(maximumLength), expected at least 1.")
        try require(
            (0...maximumLength).contains(minimumLength),
            "The minimum length is \(minimumLength), expected 0 to the maximum length, \(maximumLength)."
        )
        for factor in [maximumLengthPerSourceToken, minimumLengthPerSourceToken].compactMap({ $0 }) {
            try require(factor >= 0 && factor <= 1000, "A length per source token is \(factor), expected 0 to 1000.")
        }
    }

    /// Hypotheses that must end before the search does.
    var finishedHypothesesWanted: Int { max(1, Int((Float(beamSize) * patience).rounded())) }

    /// The length limits for a source, within the positions a model has.
    func lengths(sourceTokens: Int, positions: Int) -> (minimum: Int, maximum: Int) {
        var longest = min(maximumLength, positions)
        if let factor = maximumLengthPerSourceToken { longest = min(longest, Int(factor * Float(sourceTokens)) + 10) }
        var shortest = minimumLength
        if let factor = minimumLengthPerSourceToken { shortest = max(shortest, Int(factor * Float(sourceTokens))) }
        return (min(shortest, longest), max(longest, 1))
    }
}
