private import Foundation

/// Beam search over one sequence as a pure state machine: it is told the best tokens of each live beam, and says which
/// beams live on. A beam of 1 is greedy decoding.
///
/// The algorithm is CTranslate2's: at every step the 2·beam best continuations are taken; those among the first `beam`
/// that end are set aside and replaced by the next that do not; the search ends when `beamSize · patience` hypotheses
/// have ended, or, without length and coverage penalty, when the best beam has.
struct BeamSearch {
    /// A live beam, or a candidate to become one.
    struct Beam {
        var token: Int32 = 0
        /// The beam of the step before that it goes on from.
        var origin: Int32 = 0
        /// The token's own log-probability.
        var logProbability: Float = 0
        /// Sum of log-probabilities, the prefix left out.
        var score: Float = 0
    }

    /// A hypothesis that has ended at a step, as the last link of its history.
    private struct Ended {
        var last: Beam
        var step: Int
    }

    let options: DecodingOptions
    let prefix: [Int32]
    let lengths: (minimum: Int, maximum: Int)
    private let end: Int32
    private let unknown: Int32
    private(set) var live: [Beam] = [Beam()]
    private(set) var step = 0
    private(set) var isFinished = false
    private var history: BeamHistory
    private var candidates: [Beam] = []
    private var ended: [Ended] = []
    private var bestHasEnded = false

    init(options: DecodingOptions, prefix: [Int32], lengths: (minimum: Int, maximum: Int), end: Int32, unknown: Int32) {
        self.options = options
        self.prefix = prefix
        self.lengths = lengths
        self.end = end
        self.unknown = unknown
        history = BeamHistory(width: options.beamSize, length: lengths.maximum)
        candidates.reserveCapacity(2 * options.beamSize + 1)
        live.reserveCapacity(options.beamSize)
        ended.reserveCapacity(2 * options.beamSize)
    }

    /// Continuations wanted of each live beam; 0 while the prefix is being fed.
    var bestWanted: Int {
        if step < prefix.count { return 0 }
        return options.beamSize == 1 ? 1 : 2 * options.beamSize
    }

    /// Whether the continuations must come with log-probabilities.
    var needsSum: Bool { options.beamSize > 1 || options.returnsScores }

    // MARK: Changes to logits

    /// Adds the changes the options ask for in a beam's next logits, in ascending order of tokens.
    func addChanges(for beam: Int, to changes: inout [LogitChange]) {
        let first = changes.count
        if options.repetitionPenalty != 1, step > 0 {
            history.walk(from: beam, of: step - 1) { _, token, _, _ in
                changes.insert(LogitChange(token: token, penalty: options.repetitionPenalty), after: first)
            }
        }
        if options.noRepeatNgramSize > 0, step >= options.noRepeatNgramSize {
            addRepeats(of: beam, to: &changes, after: first)
        }
        if !options.allowsUnknown { changes.insert(LogitChange(token: unknown, penalty: nil), after: first) }
        if step < lengths.minimum { changes.insert(LogitChange(token: end, penalty: nil), after: first) }
    }

    /// Disables the tokens that would complete an n-gram for the second time.
    private func addRepeats(of beam: Int, to changes: inout [LogitChange], after first: Int) {
        let size = options.noRepeatNgramSize
        // On the stack, unless the sequence is very long.
        withUnsafeTemporaryAllocation(of: Int32.self, capacity: step) { tokens in
            history.walk(from: beam, of: step - 1) { step, token, _, _ in tokens[step] = token }
            let current = tokens[(step - size + 1)...]
            for start in 0...step - size where tokens[start..<start + size - 1].elementsEqual(current) {
                changes.insert(LogitChange(token: tokens[start + size - 1], penalty: nil), after: first)
            }
        }
    }

    // MARK: Steps

    /// Feeds the next token of the prefix.
    mutating func advanceInPrefix() {
        live = [Beam(token: prefix[step], origin: 0, logProbability: 0, score: 0)]
        history.append(live)
        if step + 1 == lengths.maximum { finishAll() }
        step += 1
    }

    /// Takes the continuations of every live beam and chooses the beams of the next step.
    /// - Parameter continuations: for a live beam, its best tokens (−1 where there are no more) with their logits, and
    ///   the log of the sum over the vocabulary.
    mutating func advance(
        _ continuations: (Int) -> (values: UnsafePointer<Float>, ids: UnsafePointer<Int32>, logSum: Float)
    ) {
        collectCandidates(continuations)
        if step == prefix.count, !prefix.isEmpty { discourageEarlyEnd() }
        let isLast = step + 1 == lengths.maximum
        var replacement = options.beamSize
        live.removeAll(keepingCapacity: true)
        for index in 0..<min(options.beamSize, candidates.count) {
            var next = index
            if candidates[index].token == end || isLast {
                if index == 0 { bestHasEnded = true }
                ended.append(Ended(last: candidates[index], step: step))
                if let other = candidates.indices.dropFirst(replacement).first(where: { candidates[$0].token != end }) {
                    next = other
                    replacement = other + 1
                }
            }
            live.append(candidates[next])
        }
        history.append(live)
        isFinished = isLast || live.isEmpty || hasEnoughEnded
        step += 1
    }

    private var hasEnoughEnded: Bool {
        if options.lengthPenalty == 0, options.coveragePenalty == 0 {
            return bestHasEnded && ended.count >= options.hypotheses
        }
        return ended.count >= options.finishedHypothesesWanted
    }

    private mutating func finishAll() {
        for beam in live { ended.append(Ended(last: beam, step: step)) }
        isFinished = true
    }

    /// The best 2·beam continuations of all live beams, best first; equals in the order of beam and token.
    private mutating func collectCandidates(
        _ continuations: (Int) -> (values: UnsafePointer<Float>, ids: UnsafePointer<Int32>, logSum: Float)
    ) {
        candidates.removeAll(keepingCapacity: true)
        let wanted = bestWanted
        for index in live.indices {
            let (values, ids, logSum) = continuations(index)
            for rank in 0..<wanted where ids[rank] >= 0 {
                let logProbability = needsSum ? values[rank] - logSum : 0
                let score = live[index].score + logProbability
                if candidates.count == wanted, let last = candidates.last, score <= last.score { break }
                let at = candidates.firstIndex { $0.score < score } ?? candidates.count
                let beam = Beam(token: ids[rank], origin: Int32(index), logProbability: logProbability, score: score)
                candidates.insert(beam, at: at)
                if candidates.count > wanted { candidates.removeLast() }
            }
        }
    }

    /// Right after a prefix, an end among the lesser candidates would give short hypotheses that crowd out the others;
    /// the reference replaces it by a token that cannot win.
    private mutating func discourageEarlyEnd() {
        for index in candidates.indices.dropFirst() where candidates[index].token == end {
            candidates[index] = Beam(token: 0, origin: 0, logProbability: 0, score: -1e10)
        }
    }

    // MARK: Results

    /// The hypotheses that ended, best first.
    /// - Parameter attention: the attention weights of (step, beam before that step), or nil where none were kept.
    func hypotheses(attention: ((_ step: Int, _ beam: Int) -> [Float])?) -> [Hypothesis] {
        var results = ended.map { hypothesis($0, attention) }
        // Stable, so that equal scores keep the order in which they ended.
        results = results.enumerated().sorted {
            ($1.element.score, $0.offset) < ($0.element.score, $1.offset)
        }.map(\.element)
        return Array(results.prefix(options.hypotheses)).map { result in
            var result = result
            if result.tokens.last == end {
                result.tokens.removeLast()
                if !result.attention.isEmpty { result.attention.removeLast() }
            }
            if !options.returnsAttention { result.attention = [] }
            return result
        }
    }

    /// A hypothesis with its end token still in place.
    private func hypothesis(_ ended: Ended, _ attention: ((Int, Int) -> [Float])?) -> Hypothesis {
        var tokens = [ended.last.token]
        var logProbabilities = [ended.last.logProbability]
        history.walk(from: Int(ended.last.origin), of: ended.step - 1) { _, token, logProbability, _ in
            tokens.append(token)
            logProbabilities.append(logProbability)
        }
        let weights = attention.map { attentionRows(ended, $0) } ?? []
        tokens.reverse()
        logProbabilities.reverse()
        var score = ended.last.score / powf(Float(tokens.count), options.lengthPenalty)
        if options.coveragePenalty != 0 { score += coverage(weights) * options.coveragePenalty }
        if !needsSum { score = 0 }
        return Hypothesis(tokens: tokens, score: score, logProbabilities: logProbabilities, attention: weights)
    }

    /// The attention of each step of a hypothesis: that of the beam its token was chosen from.
    private func attentionRows(_ ended: Ended, _ attention: (Int, Int) -> [Float]) -> [[Float]] {
        var rows = [attention(ended.step, Int(ended.last.origin))]
        var path: [Int] = []
        history.walk(from: Int(ended.last.origin), of: ended.step - 1) { _, _, _, beam in path.append(beam) }
        for (index, step) in stride(from: ended.step - 1, through: 0, by: -1).enumerated() {
            // The row that produced the token of `step` is its origin, which is the next beam on the path.
            let origin = index + 1 < path.count ? path[index + 1] : 0
            rows.append(attention(step, origin))
        }
        return rows.reversed()
    }

    /// Σ log min(coverage, 1) over the source tokens that got any attention.
    private func coverage(_ attention: [[Float]]) -> Float {
        guard let columns = attention.first?.count else { return 0 }
        var penalty: Float = 0
        for column in 0..<columns {
            let sum = attention.reduce(0) { $0 + $1[column] }
            if sum > 0 { penalty += logf(min(sum, 1)) }
        }
        return penalty
    }
}
