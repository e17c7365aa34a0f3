/// What the server answers (RESP2, the protocol of Redis 6 and 7 unless asked otherwise).
package enum RedisReply: Hashable, Sendable {
    case bytes([UInt8])
    case status(String)
    case integer(Int64)
    case null
    case array([RedisReply])
    /// An error's first word, such as `NOSCRIPT`. The rest may quote what was sent, and is dropped.
    case refusal(String)

    var bytes: [UInt8]? {
        guard case .bytes(let bytes) = self else { return nil }
        return bytes
    }

    var text: String? { bytes.map { String(decoding: $0, as: UTF8.self) } }

    var array: [RedisReply]? {
        guard case .array(let array) = self else { return nil }
        return array
    }

    /// The code of an error.
    var refusal: String? {
        guard case .refusal(let code) = self else { return nil }
        return code
    }

    /// The reply, unless it is an error.
    func accepted() throws(RedisError) -> RedisReply {
        guard let code = refusal else { return self }
        throw RedisError(.refused, "Redis refuses a command with '\(code)'.", serverCode: code)
    }

    /// The first word of an error, if it looks like a code.
    static func code(_ text: UnsafeRawBufferPointer) -> String {
        let word = text.prefix(32).prefix { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }
        return word.isEmpty ? "ERR" : String(decoding: word, as: UTF8.self)
    }
}
