/// What the decoder keeps of one encoded sentence: for every layer the keys, transposed (width rows of `padded`
/// floats), and the values (`length` rows of width floats).
final class SourceMemory {
    let length: Int
    /// The length rounded up to a multiple of 16.
    let padded: Int
    private let width: Int
    fileprivate let storage: ScratchBuffer<Float>

    fileprivate init(length: Int, width: Int, storage: ScratchBuffer<Float>) {
        self.length = length
        self.width = width
        padded = Self.padded(length)
        self.storage = storage
    }

    fileprivate static func padded(_ length: Int) -> Int { (length + 15) / 16 * 16 }

    func keys(_ layer: Int) -> UnsafeMutablePointer<Float> {
        storage.base + layer * width * (padded + length)
    }

    func values(_ layer: Int) -> UnsafeMutablePointer<Float> { keys(layer) + width * padded }
}

/// Makes memories for sentences and keeps a few that are done with: a sentence that joins a batch mostly finds the room
/// of one that has left, warm and already paged in.
final class SourceMemoryPool {
    private static let mostSpares = 8

    private let layers: Int
    private let width: Int
    private var spares: [ScratchBuffer<Float>] = []
    /// Floats of the memories that are in use.
    private var used = 0

    init(layers: Int, width: Int) {
        self.layers = layers
        self.width = width
        spares.reserveCapacity(Self.mostSpares)
    }

    /// Room for a sentence of `length` tokens, not initialised.
    func make(length: Int) -> SourceMemory {
        let size = layers * width * (SourceMemory.padded(length) + length)
        // A much larger one is left to a longer sentence.
        let fitting = spares.indices.filter { spares[$0].capacity >= size && spares[$0].capacity <= 2 * size }
        let storage = fitting.min { spares[$0].capacity < spares[$1].capacity }.map { spares.remove(at: $0) }
        let memory = SourceMemory(length: length, width: width, storage: storage ?? ScratchBuffer(capacity: size))
        used += memory.storage.capacity
        return memory
    }

    /// Takes back a memory that nobody uses any more.
    func recycle(_ memory: SourceMemory) {
        used -= memory.storage.capacity
        if spares.count == Self.mostSpares { spares.removeFirst() }
        spares.append(memory.storage)
    }

    /// Bytes of the memories in use and of the spare ones.
    var byteCount: Int { spares.reduce(used) { $0 + $1.capacity } * MemoryLayout<Float>.stride }
}
