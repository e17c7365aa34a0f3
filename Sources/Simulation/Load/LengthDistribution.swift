internal import Foundation

/// How many words jobs have.
package enum LengthDistribution: Hashable, Sendable {
    /// Logarithms are normal; nothing is longer than `most`. Texts of one kind are spread like that.
    case logNormal(median: Double, deviation: Double, most: Double)
    /// For comparison with the theory of queues.
    case exponential(mean: Double)
    case constant(Double)

    /// The mean number of words.
    package var mean: Double {
        switch self {
        case .exponential(let mean): return mean
        case .constant(let words): return words
        case .logNormal(let median, let deviation, let most):
            guard deviation > 0 else { return min(median, most) }
            let top = (log(most) - log(median)) / deviation
            let below = median * exp(deviation * deviation / 2) * Self.normalShare(below: top - deviation)
            return below + most * (1 - Self.normalShare(below: top))
        }
    }

    /// Draws a length. Never less than a millionth of a word.
    package func draw(_ chance: inout SeededGenerator) -> Double {
        let words =
            switch self {
            case .exponential(let mean): mean * chance.exponential()
            case .constant(let words): words
            case .logNormal(let median, let deviation, let most):
                min(most, max(1, (median * exp(deviation * chance.normal())).rounded()))
            }
        return max(1e-6, words)
    }

    private static func normalShare(below value: Double) -> Double { erfc(-value / 2.0.squareRoot()) / 2 }
}
