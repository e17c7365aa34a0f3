internal import CRabbitMQ

/// A text where C can reach it, as long as this lives.
final class CText {
    let bytes: amqp_bytes_t

    init(_ text: String) {
        let utf8 = Array(text.utf8)
        let memory = UnsafeMutableRawPointer.allocate(byteCount: max(1, utf8.count), alignment: 1)
        memory.copyMemory(from: utf8, byteCount: utf8.count)
        bytes = amqp_bytes_t(len: utf8.count, bytes: memory)
    }

    deinit { bytes.bytes.deallocate() }
}

extension amqp_bytes_t {
    static var empty: amqp_bytes_t { amqp_bytes_t(len: 0, bytes: nil) }

    /// A copy of the bytes.
    var copied: [UInt8] {
        guard let bytes, len > 0 else { return [] }
        return Array(UnsafeRawBufferPointer(start: bytes, count: len))
    }

    /// The bytes as text, however wrong.
    var text: String { String(decoding: copied, as: UTF8.self) }
}
