internal import CKernels
internal import Foundation

/// Turns a model file's variables into the entries of a packed file, asking the `VariableStore` for each by name and
/// shape, so that a model with missing, surplus or misshapen weights is refused before anything is computed.
struct WeightPacker {
    let store: VariableStore
    let architecture: TransformerArchitecture
    let compute: ComputeType
    private var plan = PackPlan()
    /// What is planned already: names that stand for the same stored numbers share their entries.
    private var planned: [Source: [(ending: String, entry: Int)]] = [:]

    /// Stored numbers and the layout they are wanted in.
    private enum Source: Hashable {
        case vector(UnsafeRawPointer?, padded: Int)
        case rows([UnsafeRawPointer?])
        case panels([UnsafeRawPointer?])
    }

    /// One entry that is made from a source.
    private struct Part {
        var ending = ""
        var size: Int
        var fill: PackPlan.Fill
    }

    init(store: VariableStore, architecture: TransformerArchitecture, compute: ComputeType) {
        self.store = store
        self.architecture = architecture
        self.compute = compute
    }

    /// The whole plan.
    mutating func makePlan(reader: ArchitectureReader) throws -> PackPlan {
        try addEmbeddings("encoder", reader.embeddingsName("encoder"), rows: architecture.sourceVocabularySize)
        try addEmbeddings("decoder", reader.embeddingsName("decoder"), rows: architecture.targetVocabularySize)
        try addStack("encoder", architecture.encoder, blocks: [("self_attention", [3, 1])])
        try addStack("decoder", architecture.decoder, blocks: [("self_attention", [3, 1]), ("attention", [1, 2, 1])])
        try addLinear(
            "decoder/projection",
            outputs: architecture.targetVocabularySize,
            inputs: architecture.decoder.width
        )
        try store.refuseLeftovers()
        return plan
    }

    private mutating func add(_ name: String, from source: Source, _ parts: [Part]) {
        if let known = planned[source] {
            for (ending, entry) in known { plan.alias(name + ending, to: entry) }
        } else {
            planned[source] = parts.map { ($0.ending, plan.add(name + $0.ending, size: $0.size, fill: $0.fill)) }
        }
    }

    private mutating func addStack(
        _ side: String,
        _ stack: TransformerArchitecture.Stack,
        blocks: [(name: String, linears: [Int])]
    ) throws {
        let width = stack.width
        try addPositions(side, stack)
        try addNorm("\(side)/layernorm_embedding", width: width, isOptional: true)
        // A stack of pre-norm layers leaves its output unnormalised; some post-norm models end with a norm as well.
        try addNorm("\(side)/layer_norm", width: width, isOptional: true)
        for layer in 0..<stack.layers {
            let scope = "\(side)/layer_\(layer)"
            for (block, linears) in blocks {
                try addNorm("\(scope)/\(block)/layer_norm", width: width, isOptional: false)
                for (index, multiple) in linears.enumerated() {
                    try addLinear("\(scope)/\(block)/linear_\(index)", outputs: multiple * width, inputs: width)
                }
            }
            try addNorm("\(scope)/ffn/layer_norm", width: width, isOptional: false)
            try addLinear("\(scope)/ffn/linear_0", outputs: stack.innerWidth, inputs: width)
            if stack.isGated {
                try addLinear("\(scope)/ffn/linear_0_noact", outputs: stack.innerWidth, inputs: width)
            }
            try addLinear("\(scope)/ffn/linear_1", outputs: width, inputs: stack.innerWidth)
        }
    }

    // MARK: Vectors

    private mutating func addNorm(_ scope: String, width: Int, isOptional: Bool) throws {
        if isOptional, !store.contains(scope + "/gamma") { return }
        addVector(scope + "/gamma", try store.tensor(scope + "/gamma", shape: [width]), padded: width)
        // A norm without beta is an RMS norm.
        if let beta = try store.optionalTensor(scope + "/beta", shape: [width]) {
            addVector(scope + "/beta", beta, padded: width)
        }
    }

    private mutating func addVector(_ name: String, _ tensor: StoredTensor?, padded: Int) {
        let vector = Part(size: padded * 4) { out in
            guard let tensor else { return }
            tensor.widen(from: 0, count: tensor.count, into: out.assumingMemoryBound(to: Float.self))
        }
        add(name, from: .vector(tensor?.bytes.baseAddress, padded: padded), [vector])
    }

    private mutating func addPositions(_ side: String, _ stack: TransformerArchitecture.Stack) throws {
        let name = "\(side)/position_encodings/encodings"
        if let table = try store.optionalTensor(name, shape: [stack.positions, stack.width]) {
            addVector(name, table, padded: table.count)
        } else {
            plan.add(name, size: stack.positions * stack.width * 4) { out in
                Self.fillSinusoids(out.assumingMemoryBound(to: Float.self), stack.positions, stack.width)
            }
        }
    }

    /// The position encodings of "Attention Is All You Need" as tensor2tensor lays them out: for position p (counted
    /// from 1) and i < d/2, sin(p · 10000^(−i/(d/2−1))) in the first half and the cosine in the second.
    private static func fillSinusoids(_ out: UnsafeMutablePointer<Float>, _ positions: Int, _ width: Int) {
        let half = width / 2
        let step = log(Float(10000)) / Float(half - 1)
        for position in 0..<positions {
            for i in 0..<half {
                let angle = Float(position + 1) * exp(-step * Float(i))
                out[position * width + i] = sin(angle)
                out[position * width + half + i] = cos(angle)
            }
        }
    }

    // MARK: Matrices

    private mutating func addEmbeddings(_ side: String, _ name: String, rows: Int) throws {
        let width = architecture.encoder.width
        let matrix = try StoredMatrix(name, in: store, rows: rows, columns: width)
        let parts: [Part]
        switch compute {
        case .float32:
            let values = Part(ending: ".rows", size: rows * width * 4) { out in
                matrix.copy(rows: 0..<rows, into: out.assumingMemoryBound(to: Float.self))
            }
            parts = [values]
        case .int8:
            let values = Part(ending: ".rows", size: rows * width) { out in
                let out = out.assumingMemoryBound(to: Int8.self)
                for row in 0..<rows { _ = matrix.quantize(row: row, into: out + row * width) }
            }
            let factors = Part(ending: ".factor", size: rows * 4) { out in
                let out = out.assumingMemoryBound(to: Float.self)
                for row in 0..<rows { out[row] = 1 / matrix.scale(row: row) }
            }
            parts = [values, factors]
        }
        add(side + "/embeddings", from: .rows(matrix.identity), parts)
    }

    private mutating func addLinear(_ scope: String, outputs: Int, inputs: Int) throws {
        let matrix = try StoredMatrix(scope + "/weight", in: store, rows: outputs, columns: inputs)
        let bias = try store.optionalTensor(scope + "/bias", shape: [outputs])
        let layout = LinearLayout(outputs: outputs, inputs: inputs)
        addVector(scope + ".bias", bias, padded: layout.paddedOutputs)
        let parts =
            switch compute {
            case .float32: [Self.floatPanels(matrix, layout)]
            case .int8: Self.quantizedPanels(matrix, layout)
            }
        add(scope, from: .panels(matrix.identity), parts)
    }

    private static func floatPanels(_ matrix: StoredMatrix, _ layout: LinearLayout) -> Part {
        Part(ending: ".panels", size: layout.paddedOutputs * layout.inputs * 4) { out in
            let rows = UnsafeMutablePointer<Float>.allocate(capacity: Int(CK_PANEL) * layout.inputs)
            defer { rows.deallocate() }
            for panel in layout.panelRows {
                matrix.copy(rows: panel, into: rows)
                let to = out.assumingMemoryBound(to: Float.self) + panel.lowerBound * layout.inputs
                ck_pack_f32_panel(rows, layout.inputs, panel.count, layout.inputs, to)
            }
        }
    }

    private static func quantizedPanels(_ matrix: StoredMatrix, _ layout: LinearLayout) -> [Part] {
        let panels = Part(ending: ".panels", size: layout.paddedOutputs * layout.paddedInputs) { out in
            pack(matrix, layout) { panel, packed, _ in
                let to = out + panel.lowerBound * layout.paddedInputs
                to.copyMemory(from: packed, byteCount: Int(CK_PANEL) * layout.paddedInputs)
            }
        }
        // The sums and scales are small, and the weights are in the page cache by now: a second pass is cheap.
        let sums = Part(ending: ".sums", size: layout.paddedOutputs * 4) { out in
            pack(matrix, layout) { panel, _, sums in
                (out + panel.lowerBound * 4).copyMemory(from: sums, byteCount: Int(CK_PANEL) * 4)
            }
        }
        let scales = Part(ending: ".scale", size: layout.paddedOutputs * 4) { out in
            let out = out.assumingMemoryBound(to: Float.self)
            for row in 0..<layout.outputs { out[row] = 1 / matrix.scale(row: row) }
        }
        return [panels, sums, scales]
    }

    private typealias PanelVisitor = (Range<Int>, UnsafePointer<Int8>, UnsafePointer<Int32>) -> Void

    private static func pack(_ matrix: StoredMatrix, _ layout: LinearLayout, _ visit: PanelVisitor) {
        let inputs = layout.inputs
        let panel = Int(CK_PANEL)
        let rows = UnsafeMutablePointer<Int8>.allocate(capacity: panel * inputs)
        let packed = UnsafeMutablePointer<Int8>.allocate(capacity: panel * layout.paddedInputs)
        let sums = UnsafeMutablePointer<Int32>.allocate(capacity: panel)
        defer {
            rows.deallocate()
            packed.deallocate()
            sums.deallocate()
        }
        for range in layout.panelRows {
            for (index, row) in range.enumerated() { _ = matrix.quantize(row: row, into: rows + index * inputs) }
            ck_pack_s8(rows, inputs, range.count, inputs, layout.paddedInputs, packed, sums)
            visit(range, packed, sums)
        }
    }
}
