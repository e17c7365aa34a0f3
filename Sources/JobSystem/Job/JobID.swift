package import Environment

/// A job's name: `trans_YYYYMMDD_` and 16 characters of Crockford's base 32 in lower case (80 random bits).
package struct JobID: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let text: String

    private static let prefix = "trans_"
    private static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)
    private static let randomDigits = 16

    /// Accepts exactly the form above; `nil` for anything else, whatever its size.
    package init?(_ text: String) {
        let bytes = text.utf8
        let dayStart = Self.prefix.utf8.count
        guard bytes.count == dayStart + 9 + Self.randomDigits, text.hasPrefix(Self.prefix) else { return nil }
        let rest = Array(bytes.dropFirst(dayStart))
        guard rest.prefix(8).allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            rest[8] == UInt8(ascii: "_"),
            rest.dropFirst(9).allSatisfy(Self.alphabet.contains)
        else { return nil }
        self.text = text
    }

    /// A new name for a job submitted at `time`.
    package init(at time: Timestamp, random: () -> UInt64) {
        var digits = [UInt8]()
        for _ in 0..<2 {
            var bits = random()
            for _ in 0..<(Self.randomDigits / 2) {
                digits.append(Self.alphabet[Int(bits & 31)])
                bits >>= 5
            }
        }
        text = Self.prefix + time.compactDay + "_" + String(decoding: digits, as: UTF8.self)
    }

    package var description: String { text }

    package static func < (left: JobID, right: JobID) -> Bool { left.text < right.text }
}
