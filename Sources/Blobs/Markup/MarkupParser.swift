/// Reads the subset of XML 1.0 that object stores answer with: elements, text, CDATA, references to characters.
///
/// Attributes, comments and processing instructions are passed over. Document types are refused, and with them every
/// entity but the five of XML: nothing can expand. Every input ends in an element or a `MarkupFailure`, in time and
/// memory proportional to its size.
package struct MarkupParser {
    static let mostElements = 50_000
    static let deepest = 16

    private let bytes: [UInt8]
    private var place = 0
    private var elements = 0
    /// The elements that are open, each with its name as it was written.
    private var open: [(name: String, element: MarkupElement)] = []
    private var root: MarkupElement?

    /// The document's root.
    /// - Throws: `MarkupFailure`.
    package static func parse(_ bytes: some Sequence<UInt8>) throws -> MarkupElement {
        var parser = MarkupParser(bytes: Array(bytes))
        return try parser.run()
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private mutating func run() throws -> MarkupElement {
        if skip("\u{FEFF}") {}
        while place < bytes.count {
            if skip("<?") {
                _ = try upTo("?>")
            } else if skip("<!--") {
                _ = try upTo("-->")
            } else if skip("<![CDATA[") {
                try add(text(upTo("]]>")))
            } else if skip("</") {
                try closeElement()
            } else if skip("<") {
                try openElement()
            } else {
                try readText()
            }
        }
        guard open.isEmpty, let root else { throw MarkupFailure("ends in the middle") }
        return root
    }

    // MARK: Elements

    private mutating func openElement() throws {
        let name = try readName()
        elements += 1
        guard elements <= Self.mostElements, open.count < Self.deepest else { throw MarkupFailure("is too large") }
        guard root == nil else { throw MarkupFailure("has something after its end") }
        let isClosed = try skipAttributes()
        let local = name.split(separator: ":", omittingEmptySubsequences: false).last.map(String.init) ?? name
        open.append((name, MarkupElement(name: local)))
        if isClosed { leave() }
    }

    private mutating func closeElement() throws {
        let name = try readName()
        skipSpace()
        guard skip(">"), open.last?.name == name else { throw MarkupFailure("is no XML: an element ends wrongly") }
        leave()
    }

    private mutating func leave() {
        guard let element = open.popLast()?.element else { return }
        if open.isEmpty { root = element } else { open[open.count - 1].element.children.append(element) }
    }

    private mutating func readName() throws -> String {
        let start = place
        while place < bytes.count, Self.isNameByte(bytes[place]) { place += 1 }
        guard place > start else { throw MarkupFailure("is no XML: a name is missing") }
        return try text(bytes[start..<place])
    }

    /// Goes behind the `>` of a tag; true if the tag is an empty element.
    private mutating func skipAttributes() throws -> Bool {
        var quote: UInt8?
        while place < bytes.count {
            let byte = bytes[place]
            place += 1
            if let open = quote {
                if byte == open { quote = nil }
            } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                quote = byte
            } else if byte == UInt8(ascii: "<") {
                break
            } else if byte == UInt8(ascii: ">") {
                return bytes[place - 2] == UInt8(ascii: "/")
            }
        }
        throw MarkupFailure("is no XML: a tag does not end")
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"), 0x80...: true
        case UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: ":"): true
        default: false
        }
    }

    // MARK: Text

    private mutating func readText() throws {
        let start = place
        while place < bytes.count, bytes[place] != UInt8(ascii: "<") { place += 1 }
        try add(try unescape(bytes[start..<place]))
    }

    private mutating func add(_ text: String) throws {
        if open.isEmpty {
            guard text.allSatisfy(\.isWhitespace) else { throw MarkupFailure("is no XML: text stands outside of it") }
        } else {
            open[open.count - 1].element.text += text
        }
    }

    private func unescape(_ raw: ArraySlice<UInt8>) throws -> String {
        var result: [UInt8] = []
        var rest = raw
        while let mark = rest.firstIndex(of: UInt8(ascii: "&")) {
            result += rest[..<mark]
            // The longest reference is that of the last character, in decimal digits with room for leading zeros.
            guard let end = rest[mark...].prefix(16).firstIndex(of: UInt8(ascii: ";")) else {
                throw MarkupFailure("is no XML: a reference does not end")
            }
            result += Array(String(try Self.character(text(rest[(mark + 1)..<end]))).utf8)
            rest = rest[(end + 1)...]
        }
        return try text((result + rest)[...])
    }

    private static func character(_ reference: String) throws -> Character {
        switch reference {
        case "amp": return "&"
        case "lt": return "<"
        case "gt": return ">"
        case "quot": return "\""
        case "apos": return "'"
        default:
            let isHexadecimal = reference.hasPrefix("#x")
            let digits = reference.dropFirst(isHexadecimal ? 2 : 1)
            let number = reference.hasPrefix("#") ? UInt32(digits, radix: isHexadecimal ? 16 : 10) : nil
            guard let number, let scalar = Unicode.Scalar(number) else {
                throw MarkupFailure("is no XML: '&\(PlainText(reference));' means nothing")
            }
            return Character(scalar)
        }
    }

    private func text(_ bytes: ArraySlice<UInt8>) throws -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else { throw MarkupFailure("is not in UTF-8") }
        return text
    }

    // MARK: Moving

    private mutating func skip(_ mark: String) -> Bool {
        guard bytes[place...].starts(with: mark.utf8) else { return false }
        place += mark.utf8.count
        return true
    }

    private mutating func skipSpace() {
        while place < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[place]) { place += 1 }
    }

    /// What stands before a mark; goes behind the mark.
    private mutating func upTo(_ mark: String) throws -> ArraySlice<UInt8> {
        let start = place
        while place < bytes.count {
            let end = place
            if skip(mark) { return bytes[start..<end] }
            place += 1
        }
        throw MarkupFailure("ends in the middle")
    }
}
