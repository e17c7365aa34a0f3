import Foundation

/// Turns chunks of bytes into text, whatever character they are cut in, and says where bytes are not UTF-8.
struct UTF8ChunkDecoder {
    private var pending: [UInt8] = []
    private var line = 1
    private var byteInLine = 1

    /// Decodes as much as is certain. On invalid bytes, the text before them comes with the error.
    mutating func decode(_ data: Data) -> (text: String, error: CommandError?) {
        let bytes = pending + data
        let (valid, isInvalid) = Self.validPrefix(bytes)
        let text = String(decoding: bytes[..<valid], as: UTF8.self)
        advance(bytes[..<valid])
        pending = isInvalid ? [] : Array(bytes[valid...])
        return (text, isInvalid ? invalid(bytes[valid]) : nil)
    }

    /// Checks that the input did not end inside a character.
    func finish() throws {
        if let first = pending.first { throw invalid(first) }
    }

    private func invalid(_ byte: UInt8) -> CommandError {
        let hexadecimal = String(byte, radix: 16, uppercase: true)
        return CommandError(
            message: "The input is not UTF-8: line \(line), byte \(byteInLine) (0x\(hexadecimal)). "
                + "What came before is translated; convert the text, for example with iconv.",
            code: CommandFailure.Code.data
        )
    }

    private mutating func advance(_ bytes: ArraySlice<UInt8>) {
        if let last = bytes.lastIndex(of: UInt8(ascii: "\n")) {
            line += bytes.reduce(0) { $0 + ($1 == UInt8(ascii: "\n") ? 1 : 0) }
            byteInLine = bytes.endIndex - last
        } else {
            byteInLine += bytes.count
        }
    }

    /// The length of the longest prefix of whole characters, and whether invalid bytes follow (rather than a character
    /// that may still be completed).
    private static func validPrefix(_ bytes: [UInt8]) -> (count: Int, isInvalid: Bool) {
        if String(validating: bytes, as: UTF8.self) != nil { return (bytes.count, false) }
        var position = 0
        while position < bytes.count {
            let length = sequenceLength(bytes[position])
            guard length > 0 else { return (position, true) }
            let end = min(position + length, bytes.count)
            if end - position < length {
                let isBegun = bytes[(position + 1)..<end].allSatisfy { $0 & 0xC0 == 0x80 }
                return (position, !isBegun)
            }
            guard length == 1 || String(validating: bytes[position..<end], as: UTF8.self) != nil else {
                return (position, true)
            }
            position = end
        }
        return (position, false)
    }

    private static func sequenceLength(_ lead: UInt8) -> Int {
        switch lead {
        case 0x00...0x7F: 1
        case 0xC2...0xDF: 2
        case 0xE0...0xEF: 3
        case 0xF0...0xF4: 4
        default: 0
        }
    }
}
