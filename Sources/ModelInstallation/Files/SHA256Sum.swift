internal import Crypto
internal import Foundation

/// A SHA-256 checksum, as 64 hexadecimal digits in lower case.
package struct SHA256Sum: Hashable, Sendable, CustomStringConvertible {
    package let description: String

    /// Nil for anything but 64 hexadecimal digits, in either case.
    package init?(_ text: String) {
        guard text.utf8.count == 64, text.allSatisfy({ $0.isASCII && $0.isHexDigit }) else { return nil }
        description = text.lowercased()
    }

    init(_ digest: SHA256.Digest) {
        description = digest.map { String(UInt16($0) | 0x100, radix: 16).dropFirst() }.joined()
    }

    /// The checksum of a text in UTF-8.
    init(of text: String) { self.init(SHA256.hash(data: Data(text.utf8))) }
}

extension SHA256Sum: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let sum = SHA256Sum(text) else {
            throw DecodingError.dataCorruptedError(
                in: container,
                debugDescription: "'\(text.prefix(80))' is no SHA-256, expected 64 hexadecimal digits"
            )
        }
        self = sum
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
