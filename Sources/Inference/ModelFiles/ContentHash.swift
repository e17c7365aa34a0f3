private import CXXHash

/// A running 128-bit XXH3 hash: fast enough to be taken of a whole model at every start. Against accidents, not attacks.
final class ContentHash {
    private let state: OpaquePointer

    init() throws {
        guard let state = dragoman_hash_new() else {
            throw InferenceError(.missing, "There is no memory left for the state of a hash.")
        }
        self.state = state
    }

    deinit { dragoman_hash_free(state) }

    func update(_ bytes: UnsafeRawBufferPointer) { dragoman_hash_update(state, bytes.baseAddress, bytes.count) }

    /// The hash of everything so far, most significant byte first.
    var bytes: [UInt8] {
        var (high, low): (UInt64, UInt64) = (0, 0)
        dragoman_hash_digest(state, &high, &low)
        return [high, low].flatMap { word in withUnsafeBytes(of: word.bigEndian, Array.init) }
    }

    /// The hash of bytes in memory.
    static func of(_ bytes: UnsafeRawBufferPointer) throws -> [UInt8] {
        let hash = try ContentHash()
        hash.update(bytes)
        return hash.bytes
    }
}
