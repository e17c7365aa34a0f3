/// The sentences of one model that one worker decodes together. Sentences join and leave between steps; every step runs
/// the decoder once over the rows of all of them. Not thread-safe: a batch belongs to its worker.
final class RunningBatch {
    /// Source tokens that go through the encoder at once: enough to keep the matrix products busy, few enough for
    /// their intermediate rows to stay small.
    private static let encodedTokens = 256

    let owner: PooledModel
    private let model: TransformerModel
    private let encoder: Encoder
    private let decoder: Decoder
    private let output: OutputScan
    private var sequences: [LiveSequence] = []
    // Lists that are emptied and filled at every step; their room stays.
    private var rows: [Decoder.Row] = []
    private var groups: [Decoder.Group] = []
    private var requests: [LogitsRequest] = []
    private var changes: [LogitChange] = []
    /// Bytes that were counted for the owner.
    private var countedBytes = 0

    /// - Parameter scratch: the thread's.
    init(owner: PooledModel, scratch: LayerScratch) {
        self.owner = owner
        model = owner.model
        encoder = Encoder(model: model, scratch: scratch)
        decoder = Decoder(model: model, scratch: scratch)
        output = OutputScan(model: model, scratch: scratch)
    }

    deinit { owner.count(bytes: -countedBytes) }

    var isEmpty: Bool { sequences.isEmpty }

    /// Rows the sentences may take, which is what room in the batch is counted by.
    var rowCount: Int { sequences.reduce(0) { $0 + $1.item.rows } }

    /// Source tokens of all sentences.
    var tokenCount: Int { sequences.reduce(0) { $0 + $1.item.source.count } }

    /// Encodes sentences, a bounded number of tokens at a time, and adds them to the batch.
    func admit(_ items: [WorkItem]) {
        var rest = items[...]
        while let first = rest.first {
            var tokens = first.source.count
            let more = rest.dropFirst().prefix { item in
                tokens += item.source.count
                return tokens <= Self.encodedTokens
            }
            encode(rest.prefix(more.count + 1))
            rest = rest.dropFirst(more.count + 1)
        }
        countBytes()
    }

    /// Tells the owner what is kept of sentences.
    private func countBytes() {
        let bytes = decoder.cache.byteCount + decoder.memories.byteCount
        owner.count(bytes: bytes - countedBytes)
        countedBytes = bytes
    }

    private func encode(_ items: ArraySlice<WorkItem>) {
        let sources = items.map(\.source)
        let encoded = encoder.encode(sources)
        let memories = decoder.remember(encoded, lengths: sources.map(\.count))
        for (item, memory) in zip(items, memories) {
            let sequence = LiveSequence(item: item, memory: memory, model: model)
            decoder.cache.reserve(sequence.reservation)
            sequences.append(sequence)
        }
    }

    /// Runs one decoding step, then lets go of the sentences that have ended or that nobody waits for.
    /// - Returns: how many rows the step had.
    func step() -> Int {
        collectRows()
        guard !rows.isEmpty else { return 0 }
        let hidden = decoder.step(rows, groups)
        output.run(hidden, stride: decoder.stride, requests: requests, changes: changes)
        for (sequence, group) in zip(sequences, groups) { advance(sequence, firstRow: group.firstRow) }
        removeFinished()
        return rows.count
    }

    /// Fails every sentence.
    func abandon(_ error: InferenceError) {
        for sequence in sequences { finish(sequence, .failure(error)) }
        sequences.removeAll()
    }

    private func collectRows() {
        rows.removeAll(keepingCapacity: true)
        groups.removeAll(keepingCapacity: true)
        requests.removeAll(keepingCapacity: true)
        changes.removeAll(keepingCapacity: true)
        for sequence in sequences {
            let isZero = sequence.position == 0 && model.architecture.startsFromZeroEmbedding
            groups.append(
                .init(
                    firstRow: rows.count,
                    rows: sequence.rows,
                    position: sequence.position,
                    memory: sequence.memory,
                    alignment: sequence.alignmentRows()
                )
            )
            for row in 0..<sequence.rows {
                let history = sequence.extendHistory(row, decoder.cache)
                rows.append(.init(token: isZero ? nil : sequence.input(row), history: history))
                requests.append(request(of: sequence, row))
            }
        }
    }

    private func request(of sequence: LiveSequence, _ row: Int) -> LogitsRequest {
        if let forced = sequence.forced { return LogitsRequest(best: 0, needsSum: true, wanted: forced.wanted) }
        guard let search = sequence.search, search.bestWanted > 0 else {
            return LogitsRequest(best: 0, needsSum: false)
        }
        let first = changes.count
        search.addChanges(for: row, to: &changes)
        return LogitsRequest(best: search.bestWanted, needsSum: search.needsSum, changes: first..<changes.count)
    }

    private func advance(_ sequence: LiveSequence, firstRow: Int) {
        if sequence.forced != nil {
            let logProbability = output.wantedLogit(firstRow) - output.logSum(firstRow)
            sequence.forced?.advance(logProbability: logProbability)
        } else if sequence.search?.bestWanted == 0 {
            sequence.search?.advanceInPrefix()
        } else {
            sequence.search?.advance { beam in
                let best = output.best(firstRow + beam)
                return (best.values, best.ids, output.logSum(firstRow + beam))
            }
            sequence.reorderHistories(decoder.cache)
        }
    }

    private func removeFinished() {
        sequences.removeAll { sequence in
            if sequence.isFinished {
                finish(sequence, sequence.outcome(model))
                return true
            }
            guard sequence.item.cancellation.isSet else { return false }
            finish(sequence, .failure(.withdrawn))
            return true
        }
        if sequences.isEmpty { countBytes() }
    }

    private func finish(_ sequence: LiveSequence, _ outcome: Result<WorkItem.Outcome, InferenceError>) {
        sequence.releaseRows(decoder.cache)
        decoder.memories.recycle(sequence.memory)
        sequence.item.completion(outcome)
    }
}
