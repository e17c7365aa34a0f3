/// What the decoder keeps of one encoded sentence: for every layer the keys, transposed (width rows of `padded`
/// floats), and the values (`length` rows of width floats).
final class SourceMemory {
    let length: Int
    /// The length rounded up to a multiple of 16.
    let padded: Int
    private let width: Int
    private let storage: ScratchBuffer<Float>

    init(length: Int, layers: Int, width: Int) {
        self.length = length
        self.width = width
        padded = (length + 15) / 16 * 16
        storage = ScratchBuffer(capacity: layers * width * (padded + length))
    }

    func keys(_ layer: Int) -> UnsafeMutablePointer<Float> {
        storage.base + layer * width * (padded + length)
    }

    func values(_ layer: Int) -> UnsafeMutablePointer<Float> { keys(layer) + width * padded }
}
