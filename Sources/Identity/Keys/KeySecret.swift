internal import Crypto
internal import Environment

/// The secret of an API key: `dgm_`, 256 random bits in 52 characters of Crockford's base 32 in lower case, and six
/// more that are a checksum (30 bits of SHA-256 of what comes before). The checksum tells a mistyped key, or anything
/// else that is none, without asking the database; and secret scanners find such keys by their form.
package struct KeySecret: Hashable, Sendable {
    package static let prefix = "dgm_"
    private static let randomDigits = 52
    private static let checkDigits = 6

    /// Shown to its owner once, never stored.
    package let text: String

    /// A new one.
    init(random: () -> UInt64) {
        let body = Self.prefix + IdentityID.digits(Self.randomDigits, random)
        text = body + Self.checksum(body.utf8)
    }

    /// Accepts exactly the form above; `nil` for anything else, whatever its size.
    package init?(_ text: String) {
        let bytes = Array(text.utf8.prefix(Self.prefix.utf8.count + Self.randomDigits + Self.checkDigits + 1))
        guard bytes.count == Self.prefix.utf8.count + Self.randomDigits + Self.checkDigits,
            text.hasPrefix(Self.prefix),
            Self.checksum(bytes.dropLast(Self.checkDigits)).utf8.elementsEqual(bytes.suffix(Self.checkDigits))
        else { return nil }
        self.text = text
    }

    /// Its first characters, by which its owner recognises it: 20 of its 256 bits.
    var hint: String { String(text.prefix(Self.prefix.count + 4)) }

    /// How it is stored: SHA-256 in hexadecimal. It needs neither salt nor a slow hash, as nobody can guess 256 bits.
    package var digest: String {
        let digits = Array("0123456789abcdef".utf8)
        let bytes = SHA256.hash(data: Array(text.utf8)).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func checksum(_ bytes: some Sequence<UInt8>) -> String {
        var bits = SHA256.hash(data: Array(bytes)).prefix(5).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        var digits: [UInt8] = []
        for _ in 0..<checkDigits {
            digits.append(IdentityID.alphabet[Int(bits & 31)])
            bits >>= 5
        }
        return String(decoding: digits, as: UTF8.self)
    }
}
