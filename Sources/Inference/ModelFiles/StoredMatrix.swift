internal import CKernels

/// A weight matrix as it is stored, row by output, with its quantisation scale where it has one.
struct StoredMatrix {
    let tensor: StoredTensor
    private let scales: StoredTensor?
    private let path: String
    private let columns: Int
    private let region: MemoryRegion
    /// Scale of int16 weights that carry none, from the first versions of the format.
    private static let globalInt16Scale: Float = 1000

    /// Finds the matrix and its scale and checks their shapes.
    init(_ name: String, in store: VariableStore, rows: Int, columns: Int) throws {
        tensor = try store.tensor(name, shape: [rows, columns])
        path = store.binary.path
        self.columns = columns
        region = store.binary.region
        let scaleName = name + "_scale"
        if let scale = store.binary.variables[scaleName] {
            scales = try store.tensor(scaleName, shape: scale.shape.isEmpty || scale.count == 1 ? scale.shape : [rows])
        } else {
            scales = nil
        }
        let needsScale = tensor.type == .int8 || tensor.type == .int32
        if needsScale, scales == nil { throw InferenceError(.corrupt, "'\(path)' lacks the variable '\(scaleName)'.") }
        guard tensor.type != .int32 else {
            throw InferenceError(
                .unsupported,
                "'\(path)': '\(name)' holds AWQ or int32 weights, which this engine does not run."
            )
        }
        try checkScales(rows: rows)
    }

    /// Refuses scales by which nothing can be divided or multiplied.
    private func checkScales(rows: Int) throws {
        for row in 0..<(isInteger && scales != nil ? rows : 0) {
            let scale = storedScale(row: row)
            guard scale > 0, scale.isFinite, (1 / scale).isFinite else {
                throw InferenceError(
                    .corrupt,
                    "'\(path)': the scale of row \(row) of '\(tensor.name)' is \(scale), expected more than 0."
                )
            }
        }
    }

    private var isInteger: Bool { tensor.type == .int8 || tensor.type == .int16 }

    /// The factor by which a row's stored integers were multiplied.
    private func storedScale(row: Int) -> Float {
        guard let scales else { return Self.globalInt16Scale }
        if let scalar = scales.scalar { return scalar }
        var value: Float = 0
        scales.widen(from: row, count: 1, into: &value)
        return value
    }

    /// Copies rows as float32.
    func copy(rows: Range<Int>, into out: UnsafeMutablePointer<Float>) {
        tensor.widen(from: rows.lowerBound * columns, count: rows.count * columns, into: out)
        forgetPages(upTo: rows.upperBound)
        guard isInteger else { return }
        for (index, row) in rows.enumerated() {
            let scale = storedScale(row: row)
            for column in 0..<columns { out[index * columns + column] /= scale }
        }
    }

    /// Takes what was read out of this process's memory, every few thousand rows: a table of embeddings alone can be larger
    /// than all packed weights.
    private func forgetPages(upTo row: Int) {
        if row % 2048 == 0 { region.forgetPages() }
    }

    /// Writes a row as int8 and returns its scale. Int8 files are taken as they are; other types are quantised to
    /// 127 / max|x|.
    func quantize(row: Int, into out: UnsafeMutablePointer<Int8>) -> Float {
        if tensor.type == .int8 {
            if let base = tensor.bytes.baseAddress {
                UnsafeMutableRawPointer(out).copyMemory(from: base + row * columns, byteCount: columns)
            }
            forgetPages(upTo: row + 1)
            return storedScale(row: row)
        }
        return withUnsafeTemporaryAllocation(of: Float.self, capacity: columns) { values in
            guard let values = values.baseAddress else { return 1 }
            copy(rows: row..<row + 1, into: values)
            return ck_quantize_weights(values, columns, out)
        }
    }

    /// The scale `quantize` returns for a row.
    func scale(row: Int) -> Float {
        if tensor.type == .int8 { return storedScale(row: row) }
        return withUnsafeTemporaryAllocation(of: Int8.self, capacity: columns) { scratch in
            guard let scratch = scratch.baseAddress else { return 1 }
            return quantize(row: row, into: scratch)
        }
    }

    /// Identifies the stored numbers: matrices of equal identity hold the same.
    var identity: [UnsafeRawPointer?] { [tensor.bytes.baseAddress, scales?.bytes.baseAddress] }
}
