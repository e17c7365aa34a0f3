internal import Foundation
internal import NIOHTTP1

/// A request to the API.
struct Call: Sendable {
    var method: HTTPMethod
    /// Not yet encoded.
    var segments: [String]
    /// Not yet encoded.
    var query: [(String, String)] = []
    var headers = HTTPHeaders()
    private(set) var body: Data?
    /// Whether doing it twice does no more than doing it once.
    let isRepeatable: Bool

    /// - Parameter isRepeatable: `nil` says what HTTP says of the method.
    init(_ method: HTTPMethod, _ segments: [String], isRepeatable: Bool? = nil) {
        self.method = method
        self.segments = segments
        self.isRepeatable = isRepeatable ?? (method != .POST && method != .PATCH)
    }

    /// Takes a value as JSON.
    mutating func setBody(_ value: some Encodable) throws {
        do {
            let encoder = JSONEncoder()
            // Sorted, so that a repeated request is the same to the letter, which its idempotency key demands.
            encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
            body = try encoder.encode(value)
        } catch {
            throw DragomanClientError(.invalidRequest, "The request cannot be written as JSON.", cause: error)
        }
        headers.replaceOrAdd(name: "Content-Type", value: "application/json")
    }

    /// Path and query, encoded. What is not a letter or digit is escaped, so that no value can be more than a value.
    var target: String {
        let path = segments.map { "/" + Self.encoded($0) }.joined()
        let parameters = query.map { "\($0.0)=\(Self.encoded($0.1))" }.joined(separator: "&")
        return parameters.isEmpty ? path : "\(path)?\(parameters)"
    }

    /// Everything but RFC 3986's unreserved characters; dots too where they would mean a folder.
    static func encoded(_ text: String) -> String {
        if text == "." || text == ".." { return text.replacing(".", with: "%2E") }
        var encoded = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                encoded.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                encoded += byte < 16 ? "%0\(digits)" : "%\(digits)"
            }
        }
        return encoded
    }
}
