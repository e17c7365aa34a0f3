/// Scores a given target token by token instead of searching for one.
struct ForcedScoring {
    /// The target with its end token.
    let target: [Int32]
    private(set) var logProbabilities: [Float] = []

    init(target: [Int32]) {
        self.target = target
        logProbabilities.reserveCapacity(target.count)
    }

    var isFinished: Bool { logProbabilities.count == target.count }

    /// The token whose logit the next step must yield.
    var wanted: Int32 { target[logProbabilities.count] }

    /// The token the next step reads; nil for the start.
    var input: Int32? { logProbabilities.isEmpty ? nil : target[logProbabilities.count - 1] }

    mutating func advance(logProbability: Float) { logProbabilities.append(logProbability) }
}
