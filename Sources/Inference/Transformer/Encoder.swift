internal import CKernels

/// Runs the encoder for one thread. Sentences are laid end to end without padding: matrix products see all their
/// tokens as one block of rows, attention sees each sentence alone.
final class Encoder {
    private let model: TransformerModel
    private let scratch: LayerScratch

    /// Queries that attend at once; bounds the room for attention weights.
    private static let queryBlock = 64

    init(model: TransformerModel, scratch: LayerScratch) {
        self.model = model
        self.scratch = scratch
    }

    /// Distance between rows of the result.
    var stride: Int { LinearLayout(outputs: model.architecture.encoder.width, inputs: 1).paddedOutputs }

    /// Encodes sentences of at least one id each, every id within the vocabulary, none longer than the positions.
    /// - Returns: one row per token, sentence after sentence, valid until the thread's scratch is used for another run or step.
    func encode(_ sentences: [[Int32]]) -> UnsafeMutablePointer<Float> {
        let stack = model.architecture.encoder
        let count = sentences.reduce(0) { $0 + $1.count }
        let x = scratch.states.reserve(count * stride)
        var row = 0
        for sentence in sentences {
            for (position, token) in sentence.enumerated() {
                model.sourceEmbedding.look(up: token, position: position, into: x + row * stride, scratch.kernels)
                row += 1
            }
        }
        model.sourceEmbeddingNorm?.apply(x, count: count, into: x, stride: stride, scratch.kernels)
        let lengths = sentences.map(\.count)
        for layer in model.encoderLayers {
            attend(layer.attention, x, count: count, lengths: lengths)
            scratch.feedForward(layer.feedForward, stack, x, count: count, stride: stride)
        }
        model.encoderNorm?.apply(x, count: count, into: x, stride: stride, scratch.kernels)
        return x
    }

    private func attend(_ weights: SelfAttentionWeights, _ x: UnsafeMutablePointer<Float>, count: Int, lengths: [Int]) {
        let stack = model.architecture.encoder
        scratch.residual(weights.norm, isPreNorm: stack.isPreNorm, x, count: count, stride: stride) { rows in
            let wide = weights.queriesKeysValues.layout.paddedOutputs
            let qkv = scratch.projected.reserve(count * wide)
            scratch.apply(
                weights.queriesKeysValues,
                rows,
                count: count,
                stride: stride,
                into: .init(rows: qkv, stride: wide)
            )
            let mixed = scratch.context.reserve(count * stride)
            var first = 0
            for length in lengths {
                mix(qkv + first * wide, wide, length: length, into: mixed + first * stride)
                first += length
            }
            let out = Linear.Output(rows: x, stride: stride, flags: Int32(CK_ACCUMULATE))
            scratch.apply(weights.output, mixed, count: count, stride: stride, into: out)
        }
    }

    /// Attention of one sentence, head by head.
    private func mix(_ qkv: UnsafePointer<Float>, _ wide: Int, length: Int, into out: UnsafeMutablePointer<Float>) {
        let stack = model.architecture.encoder
        let padded = (length + 15) / 16 * 16
        let keys = scratch.keys.reserve(stack.headWidth * padded)
        let weights = scratch.weights.reserve(Self.queryBlock * padded)
        let kernels = scratch.kernels.table.pointee
        for head in 0..<stack.heads {
            let at = head * stack.headWidth
            kernels.transpose(length, stack.headWidth, qkv + stack.width + at, wide, keys, padded)
            for first in Swift.stride(from: 0, to: length, by: Self.queryBlock) {
                kernels.attend_shared(
                    min(Self.queryBlock, length - first),
                    length,
                    stack.headWidth,
                    stack.attentionScale,
                    qkv + first * wide + at,
                    wide,
                    keys,
                    padded,
                    qkv + 2 * stack.width + at,
                    wide,
                    weights,
                    out + first * stride + at,
                    stride
                )
            }
        }
    }
}
