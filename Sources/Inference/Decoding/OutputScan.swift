internal import CKernels
private import Foundation

/// What a row asks of its logits.
struct LogitsRequest {
    /// How many of the best tokens are wanted.
    var best: Int
    /// Whether log-probabilities are wanted, which needs the sum over the vocabulary.
    var needsSum: Bool
    /// A token whose logit is wanted; −1 for none.
    var wanted: Int32 = -1
    /// Changes to single logits before they are looked at.
    var changes: Range<Int> = 0..<0
}

/// Projects hidden states to the vocabulary and keeps of each row only its best tokens and the log of the sum of
/// exponentials: the logits themselves exist for one block of columns at a time and never leave the cache.
///
/// Blocks begin at fixed tokens and rows are scanned alone, so a row's result does not depend on its neighbours.
final class OutputScan {
    /// Panels in a block; with the rows of a chunk, its logits fill a quarter of a megabyte.
    private static let blockPanels = 8
    private static let chunkRows = 128

    private let projection: Linear
    private let vocabularySize: Int
    private let scratch: LayerScratch
    private let scans = ScratchBuffer<ck_row_scan>()
    private let values = ScratchBuffer<Float>()
    private let ids = ScratchBuffer<Int32>()
    private let wanted = ScratchBuffer<Float>()
    private let cursors = ScratchBuffer<Int>()
    private var bestPerRow = 0

    init(model: TransformerModel, scratch: LayerScratch) {
        projection = model.projection
        vocabularySize = model.architecture.targetVocabularySize
        self.scratch = scratch
    }

    /// Scans `requests.count` rows of hidden states at distance `stride`.
    /// - Parameter changes: the rows' changes, each row's in ascending order of tokens, each token once.
    func run(
        _ hidden: UnsafePointer<Float>,
        stride: Int,
        requests: [LogitsRequest],
        changes: [LogitChange]
    ) {
        start(requests)
        for first in Swift.stride(from: 0, to: requests.count, by: Self.chunkRows) {
            let rows = first..<min(first + Self.chunkRows, requests.count)
            let input = projection.prepare(
                hidden + first * stride,
                count: rows.count,
                stride: stride,
                scratch.kernels,
                scratch.linear
            )
            for panel in Swift.stride(from: 0, to: projection.layout.panels, by: Self.blockPanels) {
                let panels = panel..<min(panel + Self.blockPanels, projection.layout.panels)
                let wide = panels.count * Int(CK_PANEL)
                let block = scratch.logits.reserve(rows.count * wide)
                projection.apply(input, panels: panels, .init(rows: block, stride: wide), scratch.kernels)
                for row in rows {
                    scan(
                        block + (row - first) * wide,
                        from: panels.lowerBound * Int(CK_PANEL),
                        wide,
                        row,
                        requests[row],
                        changes
                    )
                }
            }
        }
    }

    private func start(_ requests: [LogitsRequest]) {
        bestPerRow = max(1, requests.reduce(0) { max($0, $1.best) })
        let (scans, cursors) = (scans.reserve(requests.count), cursors.reserve(requests.count))
        let (values, ids) = (values.reserve(requests.count * bestPerRow), ids.reserve(requests.count * bestPerRow))
        let wanted = wanted.reserve(requests.count)
        values.update(repeating: -.infinity, count: requests.count * bestPerRow)
        ids.update(repeating: -1, count: requests.count * bestPerRow)
        for (row, request) in requests.enumerated() {
            let at = row * bestPerRow
            scans[row] = ck_row_scan(
                maximum: -.infinity,
                sum: 0,
                k: Int32(request.best),
                values: values + at,
                ids: ids + at
            )
            wanted[row] = -.infinity
            cursors[row] = request.changes.lowerBound
        }
    }

    private func scan(
        _ block: UnsafeMutablePointer<Float>,
        from first: Int,
        _ wide: Int,
        _ row: Int,
        _ request: LogitsRequest,
        _ changes: [LogitChange]
    ) {
        let count = min(wide, vocabularySize - first)
        var cursor = cursors.base[row]
        while cursor < request.changes.upperBound, Int(changes[cursor].token) < first + count {
            let at = Int(changes[cursor].token) - first
            if let penalty = changes[cursor].penalty {
                block[at] = block[at] < 0 ? block[at] * penalty : block[at] / penalty
            } else {
                block[at] = -.infinity
            }
            cursor += 1
        }
        cursors.base[row] = cursor
        let at = Int(request.wanted) - first
        if request.wanted >= 0, at >= 0, at < count { wanted.base[row] = block[at] }
        scratch.kernels.table.pointee.scan_logits(
            count,
            block,
            Int32(first),
            request.needsSum ? 1 : 0,
            scans.base + row
        )
    }

    /// log Σ exp(logits) of a row; 0 where it was not asked for.
    func logSum(_ row: Int) -> Float {
        let scan = scans.base[row]
        return scan.sum > 0 ? scan.maximum + logf(scan.sum) : 0
    }

    /// The logit of the token a row wanted.
    func wantedLogit(_ row: Int) -> Float { wanted.base[row] }

    /// The best tokens of a row, best first; where there were fewer, ids are −1.
    func best(_ row: Int) -> (values: UnsafePointer<Float>, ids: UnsafePointer<Int32>) {
        (UnsafePointer(values.base + row * bestPerRow), UnsafePointer(ids.base + row * bestPerRow))
    }
}
