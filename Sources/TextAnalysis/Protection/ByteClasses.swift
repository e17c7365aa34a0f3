/// The classes of ASCII characters that the scanners speak of.
extension UInt8 {
    var isASCIILetter: Bool { self | 0x20 >= 0x61 && self | 0x20 <= 0x7A }
    var isASCIIDigit: Bool { self >= 0x30 && self <= 0x39 }
    var isASCIIAlphanumeric: Bool { isASCIILetter || isASCIIDigit }

    /// Whether the byte is one of the characters of an ASCII string.
    func isAny(of characters: StaticString) -> Bool {
        let start = characters.utf8Start
        var index = 0
        while index < characters.utf8CodeUnitCount {
            if start[index] == self { return true }
            index += 1
        }
        return false
    }
}

/// Safe look-ups around a place in a text.
extension UnsafeBufferPointer<UInt8> {
    /// The byte at `offset`, or nil outside the text.
    func at(_ offset: Int) -> UInt8? {
        offset >= 0 && offset < count ? self[offset] : nil
    }

    /// Whether the ASCII string stands at `offset`.
    func has(_ text: StaticString, at offset: Int) -> Bool {
        guard offset >= 0, count - offset >= text.utf8CodeUnitCount else { return false }
        var index = 0
        while index < text.utf8CodeUnitCount, self[offset + index] == text.utf8Start[index] { index += 1 }
        return index == text.utf8CodeUnitCount
    }

    /// The first offset from `start` whose byte is not in the class; at most `limit` bytes further.
    func end(from start: Int, limit: Int = .max, while isMember: (UInt8) -> Bool) -> Int {
        let bound = limit < count - start ? start + limit : count
        var offset = start
        while offset < bound, isMember(self[offset]) { offset += 1 }
        return offset
    }

    /// The scalar that begins at `offset`, and its length in bytes. The text must be valid UTF-8.
    func scalar(at offset: Int) -> (Unicode.Scalar, length: Int)? {
        guard let lead = at(offset) else { return nil }
        if lead < 0x80 { return (Unicode.Scalar(lead), 1) }
        let length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4
        guard lead >= 0xC0, count - offset >= length else { return nil }
        var value = UInt32(lead) & (0x7F >> UInt32(length))
        for index in 1..<length { value = value << 6 | UInt32(self[offset + index] & 0x3F) }
        return Unicode.Scalar(value).map { ($0, length) }
    }
}
