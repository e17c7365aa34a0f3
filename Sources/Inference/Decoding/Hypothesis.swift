private import Foundation

/// One translation that the search found, in tokens.
public struct Hypothesis: Sendable, Equatable {
    /// Target ids; the prefix included, the end token not.
    public var tokens: [Int32]
    /// The sum of the tokens' log-probabilities, the end token's included, divided by length to the power of the length
    /// penalty, plus the coverage penalty. 0 where no scores were asked for.
    public var score: Float
    /// Log-probability of each token in `tokens`, and of the end token where there was one; 0 for the prefix.
    public var logProbabilities: [Float]
    /// For each of `tokens` the attention to each source token that was given (special tokens left out).
    public var attention: [[Float]]

    /// The geometric mean of the tokens' probabilities, between 0 and 1.
    public var meanProbability: Float {
        guard !logProbabilities.isEmpty else { return 0 }
        return expf(logProbabilities.reduce(0, +) / Float(logProbabilities.count))
    }
}
