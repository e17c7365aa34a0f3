internal import Hummingbird
internal import HummingbirdCore

/// In local mode, refuses requests that a web page elsewhere may have caused: they name this server by another name than a
/// loopback one (DNS rebinding), or come from a page that has one.
struct LocalModeGuard: RouterMiddleware {
    func handle(
        _ request: Request,
        context: ServerContext,
        next: @concurrent (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        if let problem = Self.problem(host: request.head.authority, origin: request.headers[.origin]) { throw problem }
        return try await next(request, context)
    }

    /// What is wrong with the fields `Host` and `Origin`, if anything is.
    static func problem(host: String?, origin: String?) -> Problem? {
        guard let host, LoopbackName.isLoopback(authority: host) else {
            return .forbidden("In local mode the field 'Host' must name a loopback address, such as 'localhost'.")
        }
        guard let origin else { return nil }
        let parts = origin.split(separator: "://", maxSplits: 1)
        guard parts.count == 2, LoopbackName.isLoopback(authority: String(parts[1])) else {
            return .forbidden(
                "In local mode the field 'Origin' must name a loopback address, such as 'http://localhost'."
            )
        }
        return nil
    }
}

/// Names that always mean this machine.
package enum LoopbackName {
    /// Whether a host, with or without a port, is `localhost`, `127.0.0.0/8` or `[::1]`.
    package static func isLoopback(authority: String) -> Bool {
        guard authority.utf8.count <= 256 else { return false }
        var host = Substring(authority)
        if host.hasPrefix("[") {
            guard let end = host.firstIndex(of: "]"), isPort(host[host.index(after: end)...]) else { return false }
            host = host[host.index(after: host.startIndex)..<end]
        } else if let colon = host.firstIndex(of: ":") {
            guard isPort(host[colon...]) else { return false }
            host = host[..<colon]
        }
        let isName = host.lowercased() == "localhost"
        return isName || ranges.contains { $0.contains(String(host)) }
    }

    private static let ranges = [AddressRange("127.0.0.0/8"), AddressRange("::1")].compactMap(\.self)

    /// Empty, or a colon and digits.
    private static func isPort(_ text: Substring) -> Bool {
        text.isEmpty || text.first == ":" && text.dropFirst().utf8.allSatisfy { (0x30...0x39).contains($0) }
    }
}
