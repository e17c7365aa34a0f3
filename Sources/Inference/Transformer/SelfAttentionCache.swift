/// Keys and values of every decoded position of every live sequence of one thread, as a pool of rows.
///
/// A beam's history is a list of row numbers, so that beams which share a past share its rows, and reordering beams
/// moves numbers, not floats. Rows form trees: each knows the row of the position before it and how many rows follow it,
/// so that a beam that ends gives back exactly what no other beam needs.
final class SelfAttentionCache {
    private let layers: [(keys: ScratchBuffer<Float>, values: ScratchBuffer<Float>)]
    private let width: Int
    private var parents: [Int32] = []
    private var children: [Int32] = []
    private var free: [Int32] = []
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
            layer.keys.grow(to: capacity * width, keeping: parents.count * width)
            layer.values.grow(to: capacity * width, keeping: parents.count * width)
        }
        parents.reserveCapacity(capacity)
        children.reserveCapacity(capacity)
        free.reserveCapacity(capacity)
    }

    /// Ends a reservation; its rows must have been released.
    func endReservation(_ rows: Int) { reserved -= rows }

    /// Takes a row for the position after `parent`'s (−1 for the first position); the most recently freed one, since
    /// its memory is warm.
    func take(after parent: Int32) -> Int32 {
        if parent >= 0 { children[Int(parent)] += 1 }
        if let row = free.popLast() {
            parents[Int(row)] = parent
            return row
        }
        parents.append(parent)
        children.append(0)
        return Int32(parents.count - 1)
    }

    /// Gives back a row that nothing follows, and with it every earlier row that only led there.
    func release(_ last: Int32) {
        var row = last
        while row >= 0, children[Int(row)] == 0 {
            free.append(row)
            row = parents[Int(row)]
            if row >= 0 { children[Int(row)] -= 1 }
        }
    }

    /// Bytes of the rows that were ever taken: pages beyond them cost nothing.
    var byteCount: Int { 2 * layers.count * parents.count * width * MemoryLayout<Float>.stride }

    func keys(_ layer: Int) -> UnsafeMutablePointer<Float> { layers[layer].keys.base }
    func values(_ layer: Int) -> UnsafeMutablePointer<Float> { layers[layer].values.base }
}
