internal import CKernels

/// Token embeddings with their scale, and the position table that is added to them.
/// Valid as long as the `PackedWeights` it was made from.
struct Embedding: @unchecked Sendable {
    // Unchecked: the pointers lead to constant memory.
    private enum Rows {
        case int8(UnsafePointer<Int8>, factor: UnsafePointer<Float>)
        case float(UnsafePointer<Float>)
    }

    private let rows: Rows
    private let positionTable: UnsafePointer<Float>
    private let width: Int
    private let scale: Float
    let vocabularySize: Int
    /// Positions 0 ..< this can be embedded.
    let positions: Int

    init(_ side: String, _ stack: TransformerArchitecture.Stack, vocabularySize: Int, in packed: PackedWeights) throws {
        let name = side + "/embeddings"
        let count = vocabularySize * stack.width
        switch packed.manifest.compute {
        case .int8:
            rows = .int8(
                try packed.pointer(name + ".rows", count: count),
                factor: try packed.pointer(name + ".factor", count: vocabularySize)
            )
        case .float32:
            rows = .float(try packed.pointer(name + ".rows", count: count))
        }
        positionTable = try packed.pointer("\(side)/position_encodings/encodings", count: stack.positions * stack.width)
        width = stack.width
        scale = stack.embeddingScale
        positions = stack.positions
        self.vocabularySize = vocabularySize
    }

    /// Writes embedding · scale + position. `token` and `position` must be in range; a nil token stands for the zero
    /// vector.
    func look(up token: Int32?, position: Int, into out: UnsafeMutablePointer<Float>, _ kernels: Kernels) {
        let addend = positionTable + position * width
        guard let token else {
            out.update(from: addend, count: width)
            return
        }
        switch rows {
        case .int8(let rows, let factor):
            let factor = factor[Int(token)] * scale
            kernels.table.pointee.dequantize_row(width, rows + Int(token) * width, factor, addend, out)
        case .float(let rows):
            kernels.table.pointee.scale_row(width, rows + Int(token) * width, scale, addend, out)
        }
    }
}
