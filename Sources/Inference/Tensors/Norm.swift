internal import CKernels

/// A layer norm, or an RMS norm where there is no beta. Valid as long as the `PackedWeights` it was made from.
struct Norm: @unchecked Sendable {
    // Unchecked: the pointers lead to constant memory.
    private let gamma: UnsafePointer<Float>
    private let beta: UnsafePointer<Float>?
    private let epsilon: Float
    private let width: Int

    init(_ scope: String, width: Int, epsilon: Float?, in packed: PackedWeights) throws {
        gamma = try packed.pointer(scope + "/gamma", count: width)
        beta = packed.contains(scope + "/beta") ? try packed.pointer(scope + "/beta", count: width) : nil
        self.epsilon = epsilon ?? (beta == nil ? 1e-6 : 1e-5)
        self.width = width
    }

    /// The norm of a name, or nil where the model has none.
    static func optional(_ scope: String, width: Int, epsilon: Float?, in packed: PackedWeights) throws -> Norm? {
        guard packed.contains(scope + "/gamma") else { return nil }
        return try Norm(scope, width: width, epsilon: epsilon, in: packed)
    }

    /// Normalises `count` contiguous rows into `out`, which may be the same memory.
    func apply(
        _ rows: UnsafePointer<Float>,
        count: Int,
        into out: UnsafeMutablePointer<Float>,
        stride: Int,
        _ kernels: Kernels
    ) {
        if let beta {
            kernels.table.pointee.layer_norm(count, width, rows, stride, gamma, beta, epsilon, out, stride)
        } else {
            kernels.table.pointee.rms_norm(count, width, rows, stride, gamma, epsilon, out, stride)
        }
    }
}
