internal import CKernels

/// A linear layer y = xWᵀ + b over packed weights. Valid as long as the `PackedWeights` it was made from.
struct Linear: @unchecked Sendable {
    // Unchecked: the pointers lead to constant memory.
    private enum Weights {
        case int8(panels: UnsafePointer<Int8>, sums: UnsafePointer<Int32>, scale: UnsafePointer<Float>)
        case float(panels: UnsafePointer<Float>)
    }

    let layout: LinearLayout
    private let weights: Weights
    private let bias: UnsafePointer<Float>

    init(_ scope: String, outputs: Int, inputs: Int, in packed: PackedWeights) throws {
        layout = LinearLayout(outputs: outputs, inputs: inputs)
        bias = try packed.pointer(scope + ".bias", count: layout.paddedOutputs)
        switch packed.manifest.compute {
        case .int8:
            weights = .int8(
                panels: try packed.pointer(scope + ".panels", count: layout.paddedOutputs * layout.paddedInputs),
                sums: try packed.pointer(scope + ".sums", count: layout.paddedOutputs),
                scale: try packed.pointer(scope + ".scale", count: layout.paddedOutputs)
            )
        case .float32:
            weights = .float(panels: try packed.pointer(scope + ".panels", count: layout.paddedOutputs * inputs))
        }
    }

    /// What becomes of the result.
    struct Output {
        /// Rows of at least `layout.paddedOutputs` floats (or the panels asked for) at distance `stride`.
        var rows: UnsafeMutablePointer<Float>
        var stride: Int
        var flags: Int32 = 0
    }

    /// Input rows made ready for the kernel: quantised for int8 weights, as they are for float32.
    struct Input {
        fileprivate var count: Int
        fileprivate var floats: UnsafePointer<Float>
        fileprivate var stride: Int
        fileprivate var bytes: UnsafePointer<UInt8>?
        fileprivate var scales: UnsafePointer<Float>?
    }

    /// Readies `count` rows at distance `stride` for this layer, and for any other with as many inputs. The result
    /// points into `scratch` and holds until its next use.
    func prepare(
        _ rows: UnsafePointer<Float>,
        count: Int,
        stride: Int,
        _ kernels: Kernels,
        _ scratch: LinearScratch
    ) -> Input {
        guard case .int8 = weights else {
            return Input(count: count, floats: rows, stride: stride, bytes: nil, scales: nil)
        }
        let bytes = scratch.bytes.reserve(count * layout.paddedInputs)
        let scales = scratch.scales.reserve(count)
        kernels.table.pointee.quantize_rows(
            count,
            layout.inputs,
            layout.paddedInputs,
            rows,
            stride,
            bytes,
            layout.paddedInputs,
            scales
        )
        return Input(
            count: count,
            floats: rows,
            stride: stride,
            bytes: UnsafePointer(bytes),
            scales: UnsafePointer(scales)
        )
    }

    /// Computes the given panels (all, unless said otherwise) for every input row. Output columns count from the first
    /// panel asked for.
    func apply(_ input: Input, panels: Range<Int>? = nil, _ output: Output, _ kernels: Kernels) {
        let panels = panels ?? 0..<layout.panels
        let first = panels.lowerBound * Int(CK_PANEL)
        switch weights {
        case .int8(let packed, let sums, let scale):
            kernels.table.pointee.gemm_s8(
                input.count,
                panels.count,
                layout.paddedInputs,
                input.bytes,
                layout.paddedInputs,
                input.scales,
                packed + first * layout.paddedInputs,
                sums + first,
                scale + first,
                bias + first,
                output.flags,
                output.rows,
                output.stride
            )
        case .float(let packed):
            kernels.table.pointee.gemm_f32(
                input.count,
                panels.count,
                layout.inputs,
                input.floats,
                input.stride,
                packed + first * layout.inputs,
                bias + first,
                output.flags,
                output.rows,
                output.stride
            )
        }
    }
}

/// Room for one thread's quantised rows.
final class LinearScratch {
    fileprivate let bytes = ScratchBuffer<UInt8>()
    fileprivate let scales = ScratchBuffer<Float>()
}
