internal import CKernels

/// One thread's kernels and its room for intermediate results, with the parts of a layer that encoder and decoder share.
/// Activations are rows of `stride` floats, `stride` being the width rounded up to whole panels.
///
/// One for all models that a thread runs: nothing in it outlives a call of the encoder or a step of the decoder, but
/// `states`, which are read before the next one begins.
final class LayerScratch {
    let kernels: Kernels
    let linear = LinearScratch()
    /// The rows that pass through the layers; the result of an encoder's run or a decoder's step.
    let states = ScratchBuffer<Float>()
    /// Queries, keys and values.
    let projected = ScratchBuffer<Float>()
    /// What attention has mixed.
    let context = ScratchBuffer<Float>()
    /// A head's keys, transposed.
    let keys = ScratchBuffer<Float>()
    /// Attention weights.
    let weights = ScratchBuffer<Float>()
    /// A block of logits.
    let logits = ScratchBuffer<Float>()
    private let normed = ScratchBuffer<Float>()
    private let inner = ScratchBuffer<Float>()
    private let gate = ScratchBuffer<Float>()

    /// Rows that pass through the feed-forward network at once; keeps its inner rows in the second-level cache.
    private static let feedForwardRows = 128

    init(kernels: Kernels) { self.kernels = kernels }

    /// x ← x + f(norm(x)) for pre-norm layers, x ← norm(x + f(x)) for post-norm ones. `body` gets the rows f reads and
    /// adds its result to x.
    func residual(
        _ norm: Norm,
        isPreNorm: Bool,
        _ x: UnsafeMutablePointer<Float>,
        count: Int,
        stride: Int,
        body: (UnsafePointer<Float>) -> Void
    ) {
        if isPreNorm {
            let rows = normed.reserve(count * stride)
            norm.apply(x, count: count, into: rows, stride: stride, kernels)
            body(rows)
        } else {
            body(x)
            norm.apply(x, count: count, into: x, stride: stride, kernels)
        }
    }

    /// Applies a linear layer to rows.
    func apply(
        _ layer: Linear,
        _ rows: UnsafePointer<Float>,
        count: Int,
        stride: Int,
        into out: Linear.Output
    ) {
        let input = layer.prepare(rows, count: count, stride: stride, kernels, linear)
        layer.apply(input, out, kernels)
    }

    /// The feed-forward block of a layer, residual and norm included.
    func feedForward(
        _ weights: FeedForwardWeights,
        _ stack: TransformerArchitecture.Stack,
        _ x: UnsafeMutablePointer<Float>,
        count: Int,
        stride: Int
    ) {
        residual(weights.norm, isPreNorm: stack.isPreNorm, x, count: count, stride: stride) { rows in
            for first in Swift.stride(from: 0, to: count, by: Self.feedForwardRows) {
                let some = min(Self.feedForwardRows, count - first)
                transform(weights, stack, rows + first * stride, into: x + first * stride, count: some, stride: stride)
            }
        }
    }

    /// x += W₁ · f(W₀ · rows), or x += W₁ · (f(W₀ · rows) ⊙ V · rows) for a gated network.
    private func transform(
        _ weights: FeedForwardWeights,
        _ stack: TransformerArchitecture.Stack,
        _ rows: UnsafePointer<Float>,
        into x: UnsafeMutablePointer<Float>,
        count: Int,
        stride: Int
    ) {
        let width = weights.inner.layout.paddedOutputs
        let hidden = inner.reserve(count * width)
        let isRelu = stack.activation == .relu
        let input = weights.inner.prepare(rows, count: count, stride: stride, kernels, linear)
        weights.inner.apply(
            input,
            .init(rows: hidden, stride: width, flags: isRelu ? Int32(CK_RELU) : 0),
            kernels
        )
        if !isRelu { kernels.table.pointee.activate(stack.activation.kernel, count * width, hidden) }
        if let second = weights.gate {
            let linearRows = gate.reserve(count * width)
            second.apply(input, .init(rows: linearRows, stride: width), kernels)
            kernels.table.pointee.multiply(count * width, hidden, linearRows)
        }
        let out = Linear.Output(rows: x, stride: stride, flags: Int32(CK_ACCUMULATE))
        apply(weights.output, hidden, count: count, stride: width, into: out)
    }
}
