internal import Crypto
package import Environment
internal import Foundation

/// The signature of a request in the header `Authorization`: AWS Signature Version 4, as "Authenticating Requests:
/// Using the Authorization Header" of the Amazon S3 API Reference has it.
package struct S3Signature {
    let method: String
    /// Percent-encoded, with `/` at its beginning.
    let path: String
    /// Percent-encoded, in the order of the names.
    let query: String
    /// All of them are signed.
    let headers: [(name: String, value: String)]
    /// SHA-256 of the body in hexadecimal digits.
    let payloadHash: String
    let time: Timestamp
    let region: String

    package init(
        method: String,
        path: String,
        query: String,
        headers: [(name: String, value: String)],
        payloadHash: String,
        time: Timestamp,
        region: String
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.payloadHash = payloadHash
        self.time = time
        self.region = region
    }

    private static let algorithm = "AWS4-HMAC-SHA256"

    private var scope: String { "\(time.compactDay)/\(region)/s3/aws4_request" }

    /// Names in lower case, values without spaces around them and with single ones inside, in the order of the names.
    private var canonicalHeaders: [(name: String, value: String)] {
        headers
            .map { ($0.name.lowercased(), $0.value.split(separator: " ").joined(separator: " ")) }
            .sorted { $0.0 < $1.0 }
    }

    var signedHeaders: String { canonicalHeaders.map(\.name).joined(separator: ";") }

    /// What is signed of the request itself, a line for each part.
    package var canonicalRequest: String {
        let head = canonicalHeaders.map { "\($0.name):\($0.value)\n" }.joined()
        return [method, path, query, head, signedHeaders, payloadHash].joined(separator: "\n")
    }

    /// Algorithm, time, scope and the hash of the canonical request, a line for each.
    package var stringToSign: String {
        let hash = SHA256.hash(data: Data(canonicalRequest.utf8)).hexadecimal
        return [Self.algorithm, time.compactTime, scope, hash].joined(separator: "\n")
    }

    /// In hexadecimal digits.
    package func signature(_ credentials: S3Credentials) -> String {
        let key = [time.compactDay, region, "s3", "aws4_request"]
            .reduce(SymmetricKey(data: Data("AWS4\(credentials.secretKey)".utf8))) { key, text in
                SymmetricKey(data: HMAC<SHA256>.authenticationCode(for: Data(text.utf8), using: key))
            }
        return HMAC<SHA256>.authenticationCode(for: Data(stringToSign.utf8), using: key).hexadecimal
    }

    /// The header's value.
    package func authorization(_ credentials: S3Credentials) -> String {
        "\(Self.algorithm) Credential=\(credentials.accessKey)/\(scope),SignedHeaders=\(signedHeaders),"
            + "Signature=\(signature(credentials))"
    }

    /// A text as it stands in paths (which keep their `/`) and queries: every byte but letters, digits, `-`, `.`, `_`
    /// and `~` as `%XX`.
    package static func encode(_ text: String, keepsSlashes: Bool = false) -> String {
        text.utf8.reduce(into: "") { result, byte in
            let scalar = Unicode.Scalar(byte)
            let isPlain = scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar))
            if isPlain || "-._~".unicodeScalars.contains(scalar) || (keepsSlashes && scalar == "/") {
                result.unicodeScalars.append(scalar)
            } else {
                result += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
    }
}

extension Sequence<UInt8> {
    /// Two digits for each byte, in lower case.
    var hexadecimal: String { map { String(UInt16($0) | 0x100, radix: 16).dropFirst() }.joined() }
}

extension Timestamp {
    /// The moment in UTC as `YYYYMMDDTHHMMSSZ`.
    var compactTime: String {
        let day = microseconds % 86_400_000_000
        let second = (day < 0 ? day + 86_400_000_000 : day) / 1_000_000
        let clock = [second / 3600, second / 60 % 60, second % 60].map { String($0 + 100).dropFirst() }.joined()
        return "\(compactDay)T\(clock)Z"
    }
}
