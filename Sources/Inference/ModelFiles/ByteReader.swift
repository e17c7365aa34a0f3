/// A cursor over the bytes of a little-endian file that can only fail with words.
///
/// Every read is checked against the end first, so a truncated or lying file gives an `InferenceError` that names the
/// file, the position, and what was expected there.
struct ByteReader {
    let file: String
    let bytes: UnsafeRawBufferPointer
    private(set) var position = 0

    init(file: String, bytes: UnsafeRawBufferPointer) {
        self.file = file
        self.bytes = bytes
    }

    var remaining: Int { bytes.count - position }

    /// Takes the next `count` bytes; they may be unaligned.
    mutating func take(_ count: Int, for purpose: @autoclosure () -> String) throws -> UnsafeRawBufferPointer {
        guard count >= 0, count <= remaining else {
            throw corrupt("expected \(count) bytes of \(purpose()), but only \(remaining) are left")
        }
        defer { position += count }
        return UnsafeRawBufferPointer(rebasing: bytes[position..<position + count])
    }

    /// Reads an integer.
    mutating func integer<Value: FixedWidthInteger>(
        _: Value.Type,
        for purpose: @autoclosure () -> String
    ) throws -> Value {
        let raw = try take(MemoryLayout<Value>.size, for: purpose())
        return Value(littleEndian: raw.loadUnaligned(as: Value.self))
    }

    /// Longest string that is read; the names in real models take less than 100 bytes.
    static let longestString = 1024

    /// Reads a string as CTranslate2 writes it: a 16-bit length that counts a closing zero byte, then the bytes.
    /// What it returns is fit to be shown: no control characters.
    mutating func string(for purpose: @autoclosure () -> String) throws -> String {
        let length = Int(try integer(UInt16.self, for: "the length of \(purpose())"))
        guard (1...Self.longestString).contains(length) else {
            throw corrupt(
                "\(purpose()) has \(length) bytes, expected 1 to \(Self.longestString), the closing zero included"
            )
        }
        let raw = try take(length, for: purpose())
        guard raw[length - 1] == 0, !raw.dropLast().contains(where: { $0 < 0x20 || $0 == 0x7F }),
            let text = String(validating: raw.dropLast(), as: UTF8.self)
        else {
            throw corrupt("\(purpose()) is not UTF-8 text with a closing zero byte")
        }
        return text
    }

    /// An error at the current position of this file.
    func corrupt(_ problem: String) -> InferenceError {
        InferenceError(.corrupt, "'\(file)' is damaged: at byte \(position), \(problem).")
    }
}
