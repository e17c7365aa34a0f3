internal import CRedis

/// A command as it travels. Its words may be any bytes.
package struct RedisCommand: Sendable {
    package enum Word: Sendable, ExpressibleByStringInterpolation {
        case text(String)
        case bytes([UInt8])

        package init(stringLiteral value: String) { self = .text(value) }
    }

    /// Empty if there was no memory for it.
    let bytes: [UInt8]

    package init(_ words: Word...) { self.init(words) }

    package init(_ words: [Word]) {
        var joined: [UInt8] = []
        let lengths = words.map { word in
            let start = joined.count
            switch word {
            case .text(let text): joined += text.utf8
            case .bytes(let bytes): joined += bytes
            }
            return joined.count - start
        }
        bytes = Self.format(joined, lengths)
    }

    /// Words that stand one after the other, by their lengths, in the form of the protocol.
    private static func format(_ words: [UInt8], _ lengths: [Int]) -> [UInt8] {
        words.withUnsafeBytes { words in
            var start = 0
            var pointers = lengths.map { length in
                defer { start += length }
                return words.baseAddress?.advanced(by: start).assumingMemoryBound(to: CChar.self)
            }
            var target: UnsafeMutablePointer<CChar>?
            let length = redisFormatCommandArgv(&target, Int32(lengths.count), &pointers, lengths)
            guard length > 0, let target else { return [] }
            defer { redisFreeCommand(target) }
            return [UInt8](UnsafeRawBufferPointer(start: target, count: Int(length)))
        }
    }
}
