/// A tag, comment or declaration in HTML, by its place in UTF-8.
struct HTMLTag {
    /// In lower case; empty for comments and declarations.
    let name: String
    let isOpening: Bool
    /// One past its last byte.
    let end: Int

    /// Reads what begins with `<` at `start`; nil where that is text.
    init?(at start: Int, in bytes: [UInt8]) {
        var position = start + 1
        guard position < bytes.count else { return nil }
        if bytes[position] == UInt8(ascii: "!") || bytes[position] == UInt8(ascii: "?") {
            name = ""
            isOpening = false
            end = Self.declarationEnd(from: start, in: bytes)
            return
        }
        isOpening = bytes[position] != UInt8(ascii: "/")
        if !isOpening { position += 1 }
        let nameStart = position
        while position < bytes.count, Self.isNameByte(bytes[position]), position - nameStart < 64 { position += 1 }
        guard position > nameStart, bytes[nameStart] > UInt8(ascii: "9"), bytes[nameStart] != UInt8(ascii: "-"),
            let end = Self.tagEnd(from: position, in: bytes)
        else { return nil }
        name = String(decoding: bytes[nameStart..<position], as: UTF8.self).lowercased()
        self.end = end
    }

    /// The end of the element's contents and its closing tag; the end of the input where it is not closed.
    func contentEnd(in bytes: [UInt8]) -> Int {
        let closing = Array("</\(name)".utf8)
        var position = end
        while position + closing.count <= bytes.count {
            if bytes[position] == closing[0], Self.matches(closing, bytes[position...]) {
                return HTMLTag(at: position, in: bytes)?.end ?? bytes.count
            }
            position += 1
        }
        return bytes.count
    }

    private static func matches(_ lowercase: [UInt8], _ bytes: ArraySlice<UInt8>) -> Bool {
        zip(lowercase, bytes).allSatisfy { $0 == ($1 >= 0x41 && $1 <= 0x5A ? $1 + 0x20 : $1) }
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: ":"):
            true
        default: false
        }
    }

    /// One past the `>` that ends a tag, which may not stand in quotation marks.
    private static func tagEnd(from start: Int, in bytes: [UInt8]) -> Int? {
        var quote: UInt8?
        for position in start..<min(bytes.count, start + 64 << 10) {
            let byte = bytes[position]
            if let open = quote {
                if byte == open { quote = nil }
            } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                quote = byte
            } else if byte == UInt8(ascii: ">") {
                return position + 1
            } else if byte == UInt8(ascii: "<") {
                return nil
            }
        }
        return nil
    }

    private static func declarationEnd(from start: Int, in bytes: [UInt8]) -> Int {
        let isComment = bytes[start...].starts(with: "<!--".utf8)
        let ending = Array((isComment ? "-->" : ">").utf8)
        var position = start + (isComment ? 4 : 2)
        while position + ending.count <= bytes.count {
            if bytes[position] == ending[0], bytes[position...].starts(with: ending) { return position + ending.count }
            position += 1
        }
        return bytes.count
    }
}
