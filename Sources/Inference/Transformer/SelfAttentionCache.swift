/// Keys and values of every decoded position of every live sequence of one thread, as a pool of rows.
///
/// A beam's history is a list of row numbers, so that beams which share a past share its rows, and reordering beams
/// moves numbers, not floats. Rows are taken and given back by whoever owns the sequence.
final class SelfAttentionCache {
    private let layers: [(keys: ScratchBuffer<Float>, values: ScratchBuffer<Float>)]
    private let width: Int
    private var free: [Int32] = []
    private var used = 0
    private var capacity = 0
    private var reserved = 0

    init(layers: Int, width: Int) {
        self.layers = (0..<layers).map { _ in (ScratchBuffer(), ScratchBuffer()) }
        self.width = width
    }

    /// Makes sure that `rows` more can be taken without allocation. Pages that are never written cost nothing.
    func reserve(_ rows: Int) {
        reserved += rows
        guard reserved > capacity else { return }
        capacity = max(reserved, capacity + capacity / 2)
        for layer in layers {
            layer.keys.grow(to: capacity * width, keeping: used * width)
            layer.values.grow(to: capacity * width, keeping: used * width)
        }
        free.reserveCapacity(capacity)
    }

    /// Gives back a reservation together with the rows taken under it.
    func release(_ rows: ArraySlice<Int32>, reservation: Int) {
        free.append(contentsOf: rows)
        reserved -= reservation
    }

    /// Takes a row; the most recently freed first, since its memory is warm.
    func take() -> Int32 {
        if let row = free.popLast() { return row }
        defer { used += 1 }
        return Int32(used)
    }

    func keys(_ layer: Int) -> UnsafeMutablePointer<Float> { layers[layer].keys.base }
    func values(_ layer: Int) -> UnsafeMutablePointer<Float> { layers[layer].values.base }
}
