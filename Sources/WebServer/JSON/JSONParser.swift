/// Reads JSON (RFC 8259) from bytes, strictly, in linear time and with bounded depth.
///
/// Foundation's decoder is not fed with requests: it bounds neither depth nor numbers of members, and says little about
/// what is wrong.
package struct JSONParser {
    private let bytes: [UInt8]
    private let limits: JSONLimits
    private var position = 0
    private var valuesLeft: Int

    private init(_ bytes: [UInt8], _ limits: JSONLimits) {
        self.bytes = bytes
        self.limits = limits
        valuesLeft = limits.values
    }

    /// Reads exactly one value.
    /// - Throws: `JSONSyntaxError` for anything but UTF-8 JSON within the limits.
    package static func parse(
        _ bytes: some Sequence<UInt8>,
        limits: JSONLimits = JSONLimits()
    ) throws(JSONSyntaxError) -> JSONValue {
        let bytes = Array(bytes)
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw JSONSyntaxError("it is not UTF-8", at: 0)
        }
        var parser = JSONParser(bytes, limits)
        let value = try parser.value(depth: 0)
        parser.skipSpace()
        guard parser.position == bytes.count else { throw parser.unexpected("the end") }
        return value
    }

    // MARK: Values

    private mutating func value(depth: Int) throws(JSONSyntaxError) -> JSONValue {
        skipSpace()
        guard valuesLeft > 0 else { throw error("there are more than \(limits.values) values") }
        valuesLeft -= 1
        switch peek {
        case UInt8(ascii: "{"): return .object(try object(depth: depth + 1))
        case UInt8(ascii: "["): return .array(try array(depth: depth + 1))
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try literal("true", .bool(true))
        case UInt8(ascii: "f"): return try literal("false", .bool(false))
        case UInt8(ascii: "n"): return try literal("null", .null)
        case .some(UInt8(ascii: "-")), .some(UInt8(ascii: "0")...UInt8(ascii: "9")): return .number(try number())
        default: throw unexpected("a value")
        }
    }

    private mutating func object(depth: Int) throws(JSONSyntaxError) -> JSONObject {
        try enter(depth)
        var object = JSONObject()
        if take("}") { return object }
        repeat {
            skipSpace()
            guard peek == UInt8(ascii: "\"") else { throw unexpected("a name in quotes") }
            let start = position
            let name = try string()
            guard name.utf8.count <= limits.name else {
                throw error("a name is longer than \(limits.name) bytes", at: start)
            }
            guard take(":") else { throw unexpected("':'") }
            object[name] = try value(depth: depth)
        } while take(",")
        guard take("}") else { throw unexpected("',' or '}'") }
        return object
    }

    private mutating func array(depth: Int) throws(JSONSyntaxError) -> [JSONValue] {
        try enter(depth)
        var elements: [JSONValue] = []
        if take("]") { return elements }
        repeat { elements.append(try value(depth: depth)) } while take(",")
        guard take("]") else { throw unexpected("',' or ']'") }
        return elements
    }

    private mutating func enter(_ depth: Int) throws(JSONSyntaxError) {
        guard depth <= limits.depth else { throw error("it is nested deeper than \(limits.depth) levels") }
        position += 1
    }

    private mutating func literal(_ word: StaticString, _ value: JSONValue) throws(JSONSyntaxError) -> JSONValue {
        let end = position + word.utf8CodeUnitCount
        let matches = word.withUTF8Buffer { end <= bytes.count && bytes[position..<end].elementsEqual($0) }
        guard matches else { throw unexpected("'\(word)'") }
        position = end
        return value
    }

    private mutating func number() throws(JSONSyntaxError) -> String {
        let start = position
        if peek == UInt8(ascii: "-") { position += 1 }
        let digits = position
        guard skipDigits() else { throw unexpected("a digit") }
        guard bytes[digits] != UInt8(ascii: "0") || position == digits + 1 else {
            throw error("a number begins with a needless 0", at: digits)
        }
        if peek == UInt8(ascii: ".") {
            position += 1
            guard skipDigits() else { throw unexpected("a digit") }
        }
        if peek == UInt8(ascii: "e") || peek == UInt8(ascii: "E") {
            position += 1
            if peek == UInt8(ascii: "+") || peek == UInt8(ascii: "-") { position += 1 }
            guard skipDigits() else { throw unexpected("a digit") }
        }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    // MARK: Strings

    private mutating func string() throws(JSONSyntaxError) -> String {
        position += 1
        var text = ""
        var runStart = position
        while let byte = peek {
            switch byte {
            case UInt8(ascii: "\""):
                text += String(decoding: bytes[runStart..<position], as: UTF8.self)
                position += 1
                return text
            case UInt8(ascii: "\\"):
                text += String(decoding: bytes[runStart..<position], as: UTF8.self)
                position += 1
                text.unicodeScalars.append(try escape())
                runStart = position
            case 0..<0x20:
                throw error("a string holds a control character that is not escaped")
            default:
                position += 1
            }
        }
        throw unexpected("'\"'")
    }

    /// What follows a backslash.
    private mutating func escape() throws(JSONSyntaxError) -> Unicode.Scalar {
        guard let byte = peek else { throw unexpected("an escape") }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{c}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return try codePoint()
        default: throw error("there is no such escape", at: position - 2)
        }
    }

    /// One `\uXXXX`, or two that make a surrogate pair.
    private mutating func codePoint() throws(JSONSyntaxError) -> Unicode.Scalar {
        let start = position - 2
        let first = try codeUnit()
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard UTF16.isLeadSurrogate(first), peek == UInt8(ascii: "\\") else {
            throw error("half a surrogate pair stands alone", at: start)
        }
        position += 1
        guard peek == UInt8(ascii: "u") else { throw error("half a surrogate pair stands alone", at: start) }
        position += 1
        let second = try codeUnit()
        guard UTF16.isTrailSurrogate(second) else { throw error("half a surrogate pair stands alone", at: start) }
        let value = 0x10000 + (UInt32(first) - 0xd800) << 10 + (UInt32(second) - 0xdc00)
        return Unicode.Scalar(value) ?? "\u{fffd}"
    }

    private mutating func codeUnit() throws(JSONSyntaxError) -> UInt16 {
        var unit: UInt16 = 0
        for offset in 0..<4 {
            let place = position + offset
            guard place < bytes.count, let digit = Unicode.Scalar(bytes[place]).hexadecimalValue else {
                throw unexpected("four hexadecimal digits")
            }
            unit = unit << 4 | UInt16(digit)
        }
        position += 4
        return unit
    }

    // MARK: Bytes

    private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipSpace() {
        while let byte = peek, byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 { position += 1 }
    }

    private mutating func skipDigits() -> Bool {
        let start = position
        while let byte = peek, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
        return position > start
    }

    /// Takes the character if it is next after white space.
    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        skipSpace()
        guard peek == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private func error(_ message: String, at offset: Int? = nil) -> JSONSyntaxError {
        JSONSyntaxError(message, at: offset ?? position)
    }

    private func unexpected(_ expected: String) -> JSONSyntaxError {
        guard let byte = peek else { return error("it ends where \(expected) should be") }
        let found = Unicode.Scalar(byte)
        let shown = found.isASCII && byte >= 0x20 && byte != 0x7f ? "'\(found)'" : "a byte \(byte)"
        return error("\(shown) is where \(expected) should be")
    }
}
