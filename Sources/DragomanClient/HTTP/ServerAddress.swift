internal import Foundation

/// Where the server is, taken apart.
struct ServerAddress: Sendable {
    let isSecure: Bool
    /// Without the brackets of an IPv6 address.
    let host: String
    let port: Int
    /// In front of every path; empty or beginning with a slash, not ending with one.
    let prefix: String

    /// - Throws: `invalidRequest` for what is not the address of a server.
    init(_ url: URL) throws {
        func refuse(_ expected: String) -> DragomanClientError {
            DragomanClientError(.invalidRequest, "The base URL is '\(url.absoluteString)', expected \(expected).")
        }
        switch url.scheme?.lowercased() {
        case "http": isSecure = false
        case "https": isSecure = true
        default: throw refuse("one that begins with 'http://' or 'https://'")
        }
        guard let host = url.host(), !host.isEmpty else { throw refuse("one with a host") }
        guard url.user() == nil, url.password() == nil else { throw refuse("one without a user; use the credential") }
        guard url.query() == nil, url.fragment() == nil else { throw refuse("one without a query or a fragment") }
        self.host = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
        port = url.port ?? (isSecure ? 443 : 80)
        var path = url.path(percentEncoded: true)
        while path.hasSuffix("/") { path.removeLast() }
        prefix = path
    }

    /// As in the `Host` field.
    var authority: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port == (isSecure ? 443 : 80) ? name : "\(name):\(port)"
    }

    /// The address of a path that begins with a slash.
    func url(_ path: String) -> String { "\(isSecure ? "https" : "http")://\(authority)\(prefix)\(path)" }
}
