private import CKernels

/// Number formats of CTranslate2's model files, with their type ids (binary version 4 and later).
enum ElementType: UInt8, Sendable {
    case float32 = 0
    case int8 = 1
    case int16 = 2
    case int32 = 3
    case float16 = 4
    case bfloat16 = 5

    var size: Int {
        switch self {
        case .float32, .int32: 4
        case .int16, .float16, .bfloat16: 2
        case .int8: 1
        }
    }
}

/// One tensor as it lies in a model file: row-major, little-endian, not aligned. Valid while the file is mapped.
struct StoredTensor {
    let name: String
    let shape: [Int]
    let type: ElementType
    let bytes: UnsafeRawBufferPointer

    /// Number of elements; the file's reader has checked it against the payload.
    var count: Int { bytes.count / type.size }

    /// The value of a scalar, or of a tensor of one element.
    var scalar: Float? {
        guard count == 1, let first = bytes.baseAddress else { return nil }
        switch type {
        case .int8: return Float(first.load(as: Int8.self))
        case .int16: return Float(first.loadUnaligned(as: Int16.self))
        case .int32: return Float(first.loadUnaligned(as: Int32.self))
        default:
            return withUnsafeTemporaryAllocation(of: Float.self, capacity: 1) { one in
                guard let out = one.baseAddress else { return nil }
                widen(from: 0, count: 1, into: out)
                return out.pointee
            }
        }
    }

    /// Converts `count` elements from index `from` to float32, without any scale.
    func widen(from: Int, count: Int, into out: UnsafeMutablePointer<Float>) {
        guard count > 0, let base = bytes.baseAddress?.advanced(by: from * type.size) else { return }
        switch type {
        case .float32: UnsafeMutableRawPointer(out).copyMemory(from: base, byteCount: count * 4)
        case .float16: ck_half_to_float(base, count, out)
        case .bfloat16: ck_bfloat16_to_float(base, count, out)
        case .int8: for i in 0..<count { out[i] = Float(base.load(fromByteOffset: i, as: Int8.self)) }
        case .int16: for i in 0..<count { out[i] = Float(base.loadUnaligned(fromByteOffset: i * 2, as: Int16.self)) }
        case .int32: for i in 0..<count { out[i] = Float(base.loadUnaligned(fromByteOffset: i * 4, as: Int32.self)) }
        }
    }
}
