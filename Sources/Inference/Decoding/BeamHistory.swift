/// What every beam of one sequence produced, as links to the step before: beams that share a past share its entries, and
/// reordering beams copies nothing. Room for the longest sequence is reserved at the start.
struct BeamHistory {
    private let width: Int
    private var tokens: [Int32] = []
    private var origins: [Int32] = []
    private var logProbabilities: [Float] = []

    /// - Parameters:
    ///   - width: most beams at a step.
    ///   - length: most steps.
    init(width: Int, length: Int) {
        self.width = width
        tokens.reserveCapacity(width * length)
        origins.reserveCapacity(width * length)
        logProbabilities.reserveCapacity(width * length)
    }

    /// Number of steps recorded.
    var steps: Int { tokens.count / width }

    /// Records a step: each beam's token, the beam of the step before it goes on from, and its log-probability.
    mutating func append(_ beams: [BeamSearch.Beam]) {
        for index in 0..<width {
            let beam = index < beams.count ? beams[index] : BeamSearch.Beam()
            tokens.append(beam.token)
            origins.append(beam.origin)
            logProbabilities.append(beam.logProbability)
        }
    }

    /// Visits the tokens that led to `beam` of `step`, the latest first.
    func walk(
        from beam: Int,
        of step: Int,
        _ visit: (_ step: Int, _ token: Int32, _ logProbability: Float, _ beam: Int) -> Void
    ) {
        var (beam, step) = (beam, step)
        while step >= 0 {
            let at = step * width + beam
            visit(step, tokens[at], logProbabilities[at], beam)
            beam = Int(origins[at])
            step -= 1
        }
    }
}
