/// A note's name: `note_` and 16 characters of Crockford's base 32 in lower case (80 random bits).
package struct NoteID: Hashable, Comparable, Codable, Sendable, CustomStringConvertible {
    package let text: String

    private static let prefix = "note_"
    private static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)
    private static let randomDigits = 16

    /// Accepts exactly the form above; `nil` for anything else, whatever its size.
    package init?(_ text: String) {
        let bytes = Array(text.utf8.prefix(Self.prefix.utf8.count + Self.randomDigits + 1))
        guard bytes.count == Self.prefix.utf8.count + Self.randomDigits,
            bytes.starts(with: Self.prefix.utf8),
            bytes.dropFirst(Self.prefix.utf8.count).allSatisfy(Self.alphabet.contains)
        else { return nil }
        self.text = text
    }

    /// A new name.
    package init(random: () -> UInt64) {
        var digits: [UInt8] = []
        for _ in 0..<2 {
            var bits = random()
            for _ in 0..<(Self.randomDigits / 2) {
                digits.append(Self.alphabet[Int(bits & 31)])
                bits >>= 5
            }
        }
        text = Self.prefix + String(decoding: digits, as: UTF8.self)
    }

    /// Reads the text form.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let id = NoteID(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "Expected a note's id.")
        }
        self = id
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }

    package var description: String { text }

    package static func < (left: NoteID, right: NoteID) -> Bool { left.text < right.text }
}
