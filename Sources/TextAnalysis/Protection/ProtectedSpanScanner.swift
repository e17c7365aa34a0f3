/// One pass over UTF-8 text that hands each place to the scanner for what may begin there.
///
/// Every scanner looks a bounded distance ahead, or stops at the character that would start it again, so that the whole
/// takes linear time.
struct ProtectedSpanScanner {
    /// A protected part, in bytes.
    struct Found {
        var range: Range<Int>
        var kind: ProtectedSpan.Kind
    }

    private let bytes: UnsafeBufferPointer<UInt8>
    private var found: [Found] = []
    private var code: CodeScanner

    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
        code = CodeScanner(bytes)
    }

    /// The protected parts, in order and not overlapping.
    mutating func scan() -> [Found] {
        var place = 0
        while place < bytes.count {
            let end = Self.begins[Int(bytes[place])] ? scan(at: place) : nil
            place = max(end ?? place + 1, place + 1)
        }
        return found
    }

    /// For each byte, whether `scan(at:)` has to look at it.
    private static let begins: [Bool] = (0...255).map { $0 >= 0xC2 || "`{$%#<&:wWmM@*0123456789".utf8.contains($0) }

    /// The end of the part that begins (or, for URLs and addresses, is recognised) at `place`.
    private mutating func scan(at place: Int) -> Int? {
        let floor = found.last?.range.upperBound ?? 0
        switch bytes[place] {
        case UInt8(ascii: "`"):
            let span = code.span(at: place)
            if span.isCode { found.append(Found(range: place..<span.end, kind: .code)) }
            return span.end
        case UInt8(ascii: "{"), UInt8(ascii: "$"), UInt8(ascii: "%"), UInt8(ascii: "#"):
            return add(PlaceholderScanner(bytes).end(at: place), from: place, .placeholder) ?? emoji(at: place)
        case UInt8(ascii: "<"), UInt8(ascii: "&"):
            return add(MarkupScanner(bytes).end(at: place), from: place, .markup)
        case UInt8(ascii: ":"), UInt8(ascii: "w"), UInt8(ascii: "W"), UInt8(ascii: "m"), UInt8(ascii: "M"):
            return add(AddressScanner(bytes).url(at: place, notBefore: floor), .url)
        case UInt8(ascii: "@"):
            return add(AddressScanner(bytes).email(at: place, notBefore: floor), .email)
        case UInt8(ascii: "*"), UInt8(ascii: "0")...UInt8(ascii: "9"), 0xC2...:
            return emoji(at: place)
        default: return nil
        }
    }

    private mutating func emoji(at place: Int) -> Int? {
        add(EmojiScanner(bytes).end(at: place), from: place, .emoji)
    }

    private mutating func add(_ end: Int?, from start: Int, _ kind: ProtectedSpan.Kind) -> Int? {
        add(end.map { start..<$0 }, kind)
    }

    private mutating func add(_ range: Range<Int>?, _ kind: ProtectedSpan.Kind) -> Int? {
        guard let range else { return nil }
        found.append(Found(range: range, kind: kind))
        return range.upperBound
    }
}
