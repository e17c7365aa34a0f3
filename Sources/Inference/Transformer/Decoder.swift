internal import CKernels

/// Runs decoding steps for one thread: one row per live beam, rows of a sequence side by side.
final class Decoder {
    /// The rows of one sequence in a step.
    struct Group {
        var firstRow: Int
        var rows: Int
        var position: Int
        var memory: SourceMemory
        /// Where to add the attention to the source (rows × `memory.length`, zeroed by the caller), if wanted.
        var alignment: UnsafeMutablePointer<Float>?
    }

    /// One beam in a step.
    struct Row {
        /// The token to read; nil for the zero embedding.
        var token: Int32?
        /// Cache rows of positions 0 ... position; the last one is this step's.
        var history: UnsafePointer<Int32>
    }

    private let model: TransformerModel
    private let scratch: LayerScratch
    let cache: SelfAttentionCache
    let memories: SourceMemoryPool

    init(model: TransformerModel, scratch: LayerScratch) {
        self.model = model
        self.scratch = scratch
        let stack = model.architecture.decoder
        cache = SelfAttentionCache(layers: stack.layers, width: stack.width)
        memories = SourceMemoryPool(layers: stack.layers, width: stack.width)
    }

    private var stack: TransformerArchitecture.Stack { model.architecture.decoder }

    /// Distance between rows of the result.
    var stride: Int { LinearLayout(outputs: stack.width, inputs: 1).paddedOutputs }

    /// Projects encoded sentences to the keys and values that every decoder layer attends to.
    /// - Parameters:
    ///   - encoded: one row per token at distance `stride`, sentence after sentence.
    ///   - lengths: tokens per sentence.
    func remember(_ encoded: UnsafePointer<Float>, lengths: [Int]) -> [SourceMemory] {
        let count = lengths.reduce(0, +)
        let sentences = lengths.map(memories.make(length:))
        for (index, layer) in model.decoderLayers.enumerated() {
            let linear = layer.crossAttention.keysValues
            let wide = linear.layout.paddedOutputs
            let rows = scratch.projected.reserve(count * wide)
            scratch.apply(linear, encoded, count: count, stride: stride, into: .init(rows: rows, stride: wide))
            var first = 0
            for memory in sentences {
                let keysValues = rows + first * wide
                scratch.kernels.table.pointee.transpose(
                    memory.length,
                    stack.width,
                    keysValues,
                    wide,
                    memory.keys(index),
                    memory.padded
                )
                for row in 0..<memory.length {
                    let values = memory.values(index) + row * stack.width
                    values.update(from: keysValues + row * wide + stack.width, count: stack.width)
                }
                first += memory.length
            }
        }
        return sentences
    }

    /// Runs one step.
    /// - Returns: the final hidden state of each row, valid until the thread's scratch is used for another run or step.
    func step(_ rows: [Row], _ groups: [Group]) -> UnsafeMutablePointer<Float> {
        let x = scratch.states.reserve(rows.count * stride)
        for group in groups {
            for row in group.firstRow..<group.firstRow + group.rows {
                model.targetEmbedding.look(
                    up: rows[row].token,
                    position: group.position,
                    into: x + row * stride,
                    scratch.kernels
                )
            }
        }
        model.targetEmbeddingNorm?.apply(x, count: rows.count, into: x, stride: stride, scratch.kernels)
        for (index, layer) in model.decoderLayers.enumerated() {
            attendToSelf(index, layer.selfAttention, x, rows, groups)
            attendToSource(index, layer.crossAttention, x, rows.count, groups)
            scratch.feedForward(layer.feedForward, stack, x, count: rows.count, stride: stride)
        }
        model.decoderNorm?.apply(x, count: rows.count, into: x, stride: stride, scratch.kernels)
        return x
    }

    private func attendToSelf(
        _ layer: Int,
        _ weights: SelfAttentionWeights,
        _ x: UnsafeMutablePointer<Float>,
        _ rows: [Row],
        _ groups: [Group]
    ) {
        scratch.residual(weights.norm, isPreNorm: stack.isPreNorm, x, count: rows.count, stride: stride) { input in
            let wide = weights.queriesKeysValues.layout.paddedOutputs
            let qkv = scratch.projected.reserve(rows.count * wide)
            scratch.apply(
                weights.queriesKeysValues,
                input,
                count: rows.count,
                stride: stride,
                into: .init(rows: qkv, stride: wide)
            )
            let mixed = scratch.context.reserve(rows.count * stride)
            let (keys, values) = (cache.keys(layer), cache.values(layer))
            let (width, heads, headWidth) = (stack.width, stack.heads, stack.headWidth)
            for group in groups {
                let length = group.position + 1
                let scores = scratch.weights.reserve((length + 15) / 16 * 16)
                for row in group.firstRow..<group.firstRow + group.rows {
                    let own = qkv + row * wide
                    let at = Int(rows[row].history[group.position]) * width
                    (keys + at).update(from: own + width, count: width)
                    (values + at).update(from: own + 2 * width, count: width)
                    scratch.kernels.table.pointee.attend_cached(
                        length,
                        heads,
                        headWidth,
                        stack.attentionScale,
                        own,
                        keys,
                        values,
                        width,
                        rows[row].history,
                        scores,
                        mixed + row * stride
                    )
                }
            }
            let out = Linear.Output(rows: x, stride: stride, flags: Int32(CK_ACCUMULATE))
            scratch.apply(weights.output, mixed, count: rows.count, stride: stride, into: out)
        }
    }

    private func attendToSource(
        _ layer: Int,
        _ weights: CrossAttentionWeights,
        _ x: UnsafeMutablePointer<Float>,
        _ count: Int,
        _ groups: [Group]
    ) {
        scratch.residual(weights.norm, isPreNorm: stack.isPreNorm, x, count: count, stride: stride) { input in
            let queries = scratch.projected.reserve(count * stride)
            scratch.apply(
                weights.queries,
                input,
                count: count,
                stride: stride,
                into: .init(rows: queries, stride: stride)
            )
            let mixed = scratch.context.reserve(count * stride)
            for group in groups {
                let at = group.firstRow * stride
                attend(group, layer, queries + at, into: mixed + at)
            }
            let out = Linear.Output(rows: x, stride: stride, flags: Int32(CK_ACCUMULATE))
            scratch.apply(weights.output, mixed, count: count, stride: stride, into: out)
        }
    }

    /// Attention of one sequence's rows to its source, head by head.
    private func attend(
        _ group: Group,
        _ layer: Int,
        _ queries: UnsafePointer<Float>,
        into out: UnsafeMutablePointer<Float>
    ) {
        let memory = group.memory
        let weights = scratch.weights.reserve(group.rows * memory.padded)
        let (keys, values) = (memory.keys(layer), memory.values(layer))
        let alignment = layer == model.architecture.alignmentLayer ? group.alignment : nil
        for head in 0..<stack.heads {
            let at = head * stack.headWidth
            scratch.kernels.table.pointee.attend_shared(
                group.rows,
                memory.length,
                stack.headWidth,
                stack.attentionScale,
                queries + at,
                stride,
                keys + at * memory.padded,
                memory.padded,
                values + at,
                stack.width,
                weights,
                out + at,
                stride
            )
            guard let alignment, head < model.architecture.alignmentHeads else { continue }
            let share = 1 / Float(model.architecture.alignmentHeads)
            for row in 0..<group.rows {
                for column in 0..<memory.length {
                    alignment[row * memory.length + column] += weights[row * memory.padded + column] * share
                }
            }
        }
    }
}
