/// Recognises what programs replace at run time: `{name}`, `{0:.2f}`, `{{ x }}`, `{% if x %}`, `${x}`, `#{x}`, `%s`,
/// `%1$d`, `%(name)s`, `%1`.
struct PlaceholderScanner {
    private static let longestName = 64
    private static let longestFormat = 64

    private let bytes: UnsafeBufferPointer<UInt8>

    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
    }

    /// The end of the placeholder that begins at `place`, which holds one of `{`, `$`, `#`, `%`.
    func end(at place: Int) -> Int? {
        switch bytes[place] {
        case UInt8(ascii: "{"):
            template(at: place, open: "{{", close: "}}") ?? template(at: place, open: "{%", close: "%}") ?? brace(place)
        case UInt8(ascii: "%"): conversion(place)
        default: bytes.at(place + 1) == UInt8(ascii: "{") ? brace(place + 1) : nil
        }
    }

    /// `{}`, `{name}`, `{a.b[0]}`, `{name:format}`, `{name!r}`, `{name, number}`.
    private func brace(_ place: Int) -> Int? {
        let name = bytes.end(from: place + 1, limit: Self.longestName) {
            $0.isASCIIAlphanumeric || $0.isAny(of: "_.[]$-")
        }
        guard let next = bytes.at(name) else { return nil }
        if next == UInt8(ascii: "}") { return name + 1 }
        guard next.isAny(of: ":!,") else { return nil }
        let format = bytes.end(from: name, limit: Self.longestFormat) { !$0.isAny(of: "{}\n\r") }
        return bytes.at(format) == UInt8(ascii: "}") ? format + 1 : nil
    }

    private func template(at place: Int, open: StaticString, close: StaticString) -> Int? {
        guard bytes.has(open, at: place) else { return nil }
        let end = bytes.end(from: place + 2, limit: Self.longestFormat) { !$0.isAny(of: "{}%\n\r") }
        return bytes.has(close, at: end) ? end + 2 : nil
    }

    /// A conversion of printf: `%s`, `%-5.2f`, `%1$d`, `%(name)s`, `%%`; or a numbered place: `%1`.
    private func conversion(_ place: Int) -> Int? {
        // "50%" is a percentage.
        if bytes.at(place - 1)?.isASCIIDigit == true { return nil }
        if bytes.at(place + 1) == UInt8(ascii: "%") { return place + 2 }
        var (offset, isCertain) = argument(place + 1)
        let number = offset
        offset = bytes.end(from: offset, limit: 4) { $0.isAny(of: "-+#0'") }
        offset = bytes.end(from: offset, limit: 4) { $0.isASCIIDigit || $0 == UInt8(ascii: "*") }
        if bytes.at(offset) == UInt8(ascii: ".") {
            offset = bytes.end(from: offset + 1, limit: 4) { $0.isASCIIDigit || $0 == UInt8(ascii: "*") }
        }
        isCertain = isCertain || offset > number
        offset = bytes.end(from: offset, limit: 2) { $0.isAny(of: "hlLqjzt") }
        if bytes.at(offset)?.isAny(of: "diouxXeEfFgGcsp@") == true, isEnd(offset + 1, isCertain) { return offset + 1 }
        return numberedPlace(place)
    }

    /// `1$` or `(name)`, which no ordinary text has behind a percent sign.
    private func argument(_ start: Int) -> (end: Int, isCertain: Bool) {
        let digits = bytes.end(from: start, limit: 2) { $0.isASCIIDigit }
        if digits > start, bytes.at(digits) == UInt8(ascii: "$") { return (digits + 1, true) }
        guard bytes.at(start) == UInt8(ascii: "(") else { return (start, false) }
        let name = bytes.end(from: start + 1, limit: Self.longestName) { $0.isASCIIAlphanumeric || $0.isAny(of: "_.-") }
        return name > start + 1 && bytes.at(name) == UInt8(ascii: ")") ? (name + 1, true) : (start, false)
    }

    /// Behind a conversion no word goes on, unless it can be nothing else; a unit of one letter may follow: "%ds".
    private func isEnd(_ offset: Int, _ isCertain: Bool) -> Bool {
        guard !isCertain, bytes.at(offset)?.isASCIIAlphanumeric == true else { return true }
        return bytes.at(offset + 1)?.isASCIIAlphanumeric != true
    }

    private func numberedPlace(_ place: Int) -> Int? {
        let end = bytes.end(from: place + 1, limit: 2) { $0.isASCIIDigit }
        guard end > place + 1, bytes.at(end)?.isASCIIAlphanumeric != true else { return nil }
        return end
    }
}
