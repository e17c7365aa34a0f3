/// One sentence in a running batch: its source memory, its search, and the cache rows its beams refer to.
final class LiveSequence {
    let item: WorkItem
    let memory: SourceMemory
    /// Exactly one of these two is there.
    var search: BeamSearch?
    var forced: ForcedScoring?
    /// Cache rows reserved for the sequence.
    let reservation: Int
    /// The cache row each row of the step has just filled; after the step, of those that live on.
    private var lastRows: [Int32] = []
    private let longest: Int
    /// Cache rows by beam, `longest` for each; two of them, so that beams can be reordered.
    private var histories: ScratchBuffer<Int32>
    private var otherHistories: ScratchBuffer<Int32>
    /// Attention by step and beam, where it is wanted.
    private let alignments: ScratchBuffer<Float>?

    init(item: WorkItem, memory: SourceMemory, model: TransformerModel) {
        self.item = item
        self.memory = memory
        var wantsAlignment = false
        switch item.task {
        case .generate(let prefix, let options):
            let lengths = options.lengths(sourceTokens: item.source.count, positions: model.longestTarget)
            longest = lengths.maximum
            wantsAlignment = options.returnsAttention || options.coveragePenalty != 0
            search = BeamSearch(
                options: options,
                prefix: Array(prefix.prefix(longest)),
                lengths: lengths,
                end: model.endID,
                unknown: model.targetVocabulary.unknown
            )
        case .score(let target):
            longest = target.count
            forced = ForcedScoring(target: target)
        }
        reservation = longest * item.rows
        lastRows.reserveCapacity(item.rows)
        histories = ScratchBuffer(capacity: reservation)
        otherHistories = ScratchBuffer(capacity: reservation)
        alignments = wantsAlignment ? ScratchBuffer(capacity: reservation * memory.length) : nil
    }

    /// Rows in the next step.
    var rows: Int { search?.live.count ?? 1 }

    /// Position of the next step's tokens.
    var position: Int { search?.step ?? forced?.logProbabilities.count ?? 0 }

    var isFinished: Bool { search?.isFinished ?? forced?.isFinished ?? true }

    /// The token a row reads next.
    func input(_ row: Int) -> Int32 {
        if position == 0 { return item.start }
        return search?.live[row].token ?? forced?.input ?? item.start
    }

    /// Takes this step's cache row for a beam and returns the beam's history. Called for each row in turn.
    func extendHistory(_ row: Int, _ cache: SelfAttentionCache) -> UnsafePointer<Int32> {
        if row == 0 { lastRows.removeAll(keepingCapacity: true) }
        let history = histories.base + row * longest
        let taken = cache.take(after: position == 0 ? -1 : history[position - 1])
        lastRows.append(taken)
        history[position] = taken
        return UnsafePointer(history)
    }

    /// Where this step's attention goes, zeroed; nil where nobody wants it.
    func alignmentRows() -> UnsafeMutablePointer<Float>? {
        guard let alignments else { return nil }
        let rows = alignments.base + position * item.rows * memory.length
        rows.update(repeating: 0, count: self.rows * memory.length)
        return rows
    }

    /// Brings the histories into the order of the beams that live on, and gives back the rows of those that do not.
    func reorderHistories(_ cache: SelfAttentionCache) {
        guard let search, !search.isFinished else { return }
        // By index: an iterator would hold the array, and every change would copy it.
        for row in lastRows.indices where !search.live.contains(where: { $0.origin == row }) {
            cache.release(lastRows[row])
            lastRows[row] = -1
        }
        let isInPlace = search.live.count == 1 && search.live[0].origin == 0
        guard !isInPlace else { return }
        for (row, beam) in search.live.enumerated() {
            let from = histories.base + Int(beam.origin) * longest
            (otherHistories.base + row * longest).update(from: from, count: search.step)
        }
        swap(&histories, &otherHistories)
    }

    /// Gives back every cache row, and the reservation.
    func releaseRows(_ cache: SelfAttentionCache) {
        for last in lastRows where last >= 0 { cache.release(last) }
        lastRows.removeAll()
        cache.endReservation(reservation)
    }

    /// The result of a finished sequence.
    func outcome(_ model: TransformerModel) -> Result<WorkItem.Outcome, InferenceError> {
        if let forced { return .success(.logProbabilities(forced.logProbabilities)) }
        let hypotheses =
            search?.hypotheses(
                attention: alignments.map { alignments in
                    { [memory, item] step, beam in
                        let at = (step * item.rows + beam) * memory.length
                        return Array(UnsafeBufferPointer(start: alignments.base + at, count: memory.length))
                    }
                }
            ) ?? []
        guard !hypotheses.isEmpty else {
            return .failure(InferenceError(.corrupt, "The model gave no finite score to any token."))
        }
        return .success(.hypotheses(hypotheses.map { withoutSpecialColumns($0, model.special) }))
    }

    /// Leaves out of the attention what was paid to tokens the caller did not give.
    private func withoutSpecialColumns(_ hypothesis: Hypothesis, _ special: SpecialTokens) -> Hypothesis {
        guard !hypothesis.attention.isEmpty else { return hypothesis }
        var hypothesis = hypothesis
        hypothesis.attention = hypothesis.attention.map { row in
            Array(row.dropFirst(special.addsSourceBeginning ? 1 : 0).dropLast(special.addsSourceEnd ? 1 : 0))
        }
        return hypothesis
    }
}
