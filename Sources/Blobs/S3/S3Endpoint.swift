internal import Foundation

/// Where an object store answers: scheme, host and port.
package struct S3Endpoint: Hashable, Sendable, CustomStringConvertible {
    let scheme: String
    /// As it stands in an address: IPv6 in brackets.
    let host: String
    /// Nil for the scheme's own.
    let port: Int?

    /// - Parameters:
    ///   - text: an address such as `https://objects.example.org` or `http://127.0.0.1:9000`.
    ///   - allowsPlainHTTP: whether `http` is taken to other machines, too; contents then go over the line in the
    ///     clear.
    /// - Throws: `.invalid` that says what is wrong with the address.
    package init(_ text: String, allowsPlainHTTP: Bool = false) throws {
        let isPlain = text.utf8.count <= 1024 && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
        guard isPlain, let parts = URLComponents(string: text), let scheme = parts.scheme?.lowercased(),
            let host = parts.encodedHost?.lowercased(), !host.isEmpty
        else { throw Self.refusal(text, "expected one such as 'https://objects.example.org'") }
        guard parts.user == nil, parts.password == nil, parts.query == nil, parts.fragment == nil,
            ["", "/"].contains(parts.path)
        else { throw Self.refusal(parts.host ?? "", "expected scheme, host and port alone") }
        guard ["https", "http"].contains(scheme) else { throw Self.refusal(text, "expected 'https://'") }
        guard scheme == "https" || allowsPlainHTTP || Self.isLoopback(host) else {
            throw Self.refusal(text, "over which anyone in between could read; expected 'https://'")
        }
        self.scheme = scheme
        self.host = host
        port = parts.port == (scheme == "https" ? 443 : 80) ? nil : parts.port
    }

    private init(amazonRegion region: String) { (scheme, host, port) = ("https", "s3.\(region).amazonaws.com", nil) }

    /// Amazon's own store.
    static func amazon(_ region: String) -> S3Endpoint { S3Endpoint(amazonRegion: region) }

    private static func refusal(_ text: String, _ words: String) -> BlobError {
        BlobError(.invalid, "'\(PlainText(text))' is no address of an object store, \(words).")
    }

    /// This machine by name or number, in the spellings that cannot mean another one.
    private static func isLoopback(_ host: String) -> Bool {
        if ["localhost", "[::1]"].contains(host) { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }

    /// What a request's head names; with the bucket before it, or without.
    func authority(bucket: String? = nil) -> String {
        (bucket.map { $0 + "." } ?? "") + host + (port.map { ":\($0)" } ?? "")
    }

    package var description: String { scheme + "://" + authority() }
}
