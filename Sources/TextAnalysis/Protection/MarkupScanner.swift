/// Recognises tags (`<b>`, `</b>`, `<a href="…">`, `<0/>`), comments and character references (`&nbsp;`).
struct MarkupScanner {
    /// The longest tag, in bytes. Bounds the time that texts full of `<` take.
    private static let longestTag = 2048

    private let bytes: UnsafeBufferPointer<UInt8>

    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
    }

    /// The end of the markup that begins at `place`, which holds `<` or `&`.
    func end(at place: Int) -> Int? {
        if bytes[place] == UInt8(ascii: "&") { return reference(place) }
        return bytes.has("<!--", at: place) ? comment(place) : tag(place)
    }

    private func reference(_ place: Int) -> Int? {
        var start = place + 1
        if bytes.at(start) == UInt8(ascii: "#") {
            start += 1
            if let mark = bytes.at(start), mark.isAny(of: "xX") { start += 1 }
        }
        let end = bytes.end(from: start, limit: 10) { $0.isASCIIAlphanumeric }
        return end > start && bytes.at(end) == UInt8(ascii: ";") ? end + 1 : nil
    }

    private func comment(_ place: Int) -> Int? {
        let bound = min(bytes.count, place + Self.longestTag)
        var offset = place + 4
        while offset < bound, bytes[offset] != UInt8(ascii: "<") {
            if bytes.has("-->", at: offset) { return offset + 3 }
            offset += 1
        }
        return nil
    }

    private func tag(_ place: Int) -> Int? {
        var start = place + 1
        let closes = bytes.at(start) == UInt8(ascii: "/")
        if closes { start += 1 }
        guard var offset = name(start) else { return nil }
        if !closes { offset = attributes(offset, limit: place + Self.longestTag) }
        offset = space(offset)
        if !closes, bytes.at(offset) == UInt8(ascii: "/") { offset += 1 }
        return bytes.at(offset) == UInt8(ascii: ">") ? offset + 1 : nil
    }

    private func name(_ start: Int) -> Int? {
        guard let first = bytes.at(start), first.isASCIIAlphanumeric else { return nil }
        if first.isASCIIDigit { return bytes.end(from: start, limit: 8) { $0.isASCIIDigit } }
        return bytes.end(from: start, limit: 64) { $0.isASCIIAlphanumeric || $0.isAny(of: "-:_.") }
    }

    /// The end of the attributes. Each needs a value, or "x <y and z> w" would hold a tag.
    private func attributes(_ start: Int, limit: Int) -> Int {
        var end = start
        while end < limit {
            let name = space(end)
            let sign = bytes.end(from: name, limit: 64) { $0.isASCIIAlphanumeric || $0.isAny(of: "-:_.@") }
            guard name > end, sign > name, bytes.at(sign) == UInt8(ascii: "="), let value = value(sign + 1, limit)
            else { break }
            end = value
        }
        return end
    }

    private func value(_ start: Int, _ limit: Int) -> Int? {
        guard let quote = bytes.at(start) else { return nil }
        guard quote.isAny(of: "\"'") else {
            let end = bytes.end(from: start, limit: 256) { !$0.isAny(of: " \t\n\r<>\"'=`/") }
            return end > start ? end : nil
        }
        let end = bytes.end(from: start + 1, limit: max(0, limit - start)) { $0 != quote && !$0.isAny(of: "<") }
        return bytes.at(end) == quote ? end + 1 : nil
    }

    private func space(_ start: Int) -> Int {
        bytes.end(from: start, limit: 64) { $0.isAny(of: " \t\n\r") }
    }
}
