/// Recognises URLs and e-mail addresses.
struct AddressScanner {
    private static let longestScheme = 16
    private static let longestLocalPart = 64
    private static let longestDomain = 255

    private let bytes: UnsafeBufferPointer<UInt8>

    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
    }

    /// The URL whose `://`, `www.` or `mailto:` stands at `place`, if it begins at or behind `floor`.
    func url(at place: Int, notBefore floor: Int) -> Range<Int>? {
        if bytes[place] == UInt8(ascii: ":") {
            guard bytes.has("://", at: place), let start = scheme(before: place, floor) else { return nil }
            return address(from: start, body: place + 3)
        }
        guard bytes.at(place - 1)?.isASCIIAlphanumeric != true else { return nil }
        if bytes.has("www.", at: place) || bytes.has("WWW.", at: place) || bytes.has("Www.", at: place) {
            return address(from: place, body: place + 4)
        }
        return bytes.has("mailto:", at: place) ? address(from: place, body: place + 7) : nil
    }

    /// The address whose `@` stands at `place`, if it begins at or behind `floor`.
    func email(at place: Int, notBefore floor: Int) -> Range<Int>? {
        var start = place
        while start > floor, place - start < Self.longestLocalPart, isLocalPart(bytes[start - 1]) { start -= 1 }
        while start < place, bytes[start].isAny(of: ".-%") { start += 1 }
        guard start < place, bytes[place - 1] != UInt8(ascii: ".") else { return nil }
        var end = bytes.end(from: place + 1, limit: Self.longestDomain) { $0.isASCIIAlphanumeric || $0.isAny(of: ".-") }
        while end > place + 1, bytes[end - 1].isAny(of: ".-") { end -= 1 }
        return isDomain(place + 1..<end) ? start..<end : nil
    }

    private func isLocalPart(_ byte: UInt8) -> Bool {
        byte.isASCIIAlphanumeric || byte.isAny(of: "._%+-")
    }

    /// Has a dot, begins with a letter or digit, and ends with at least two letters.
    private func isDomain(_ range: Range<Int>) -> Bool {
        guard let first = bytes.at(range.lowerBound), !range.isEmpty, first.isASCIIAlphanumeric else { return false }
        guard let dot = bytes[range].lastIndex(of: UInt8(ascii: ".")) else { return false }
        return range.upperBound - dot > 2 && bytes[(dot + 1)..<range.upperBound].allSatisfy(\.isASCIILetter)
    }

    private func scheme(before place: Int, _ floor: Int) -> Int? {
        var start = place
        while start > floor, place - start < Self.longestScheme,
            bytes[start - 1].isASCIIAlphanumeric || bytes[start - 1].isAny(of: "+-.")
        {
            start -= 1
        }
        while start < place, !bytes[start].isASCIILetter { start += 1 }
        return place - start >= 2 ? start : nil
    }

    /// The address up to white space or a character that addresses do not have, without the punctuation of the sentence
    /// around it.
    private func address(from start: Int, body: Int) -> Range<Int>? {
        var end = body
        var depth = 0
        scan: while let (scalar, length) = bytes.scalar(at: end) {
            switch scalar {
            case "(": depth += 1
            case ")":
                // A bracket that was opened outside the address closes outside it.
                if depth == 0 { break scan }
                depth -= 1
            case _ where !isAddressScalar(scalar): break scan
            default: break
            }
            end += length
        }
        while end > body, bytes[end - 1].isAny(of: ".,;:!?'*_(") { end -= 1 }
        return end > body ? start..<end : nil
    }

    private func isAddressScalar(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII {
            return scalar.value > 0x20 && scalar.value != 0x7F && !UInt8(scalar.value).isAny(of: "<>\"`{}|\\^")
        }
        // Chinese and Japanese go on without a space: "https://example.comを見て".
        return scalar.isWordPart && !scalar.isUnspaced
    }
}
