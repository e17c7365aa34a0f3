internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore

/// In local mode, refuses requests that somebody elsewhere may have caused: they came through a proxy, name this server by
/// another name than a loopback one (DNS rebinding), or come from a web page that has one.
struct LocalModeGuard: RouterMiddleware {
    let localMode: LocalMode
    /// Whose web pages may use the server all the same.
    let origins: CrossOrigin

    func handle(
        _ request: Request,
        context: ServerContext,
        next: @concurrent (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        // Whoever watches the server is not to wait for a database that hangs, and learns nothing from it.
        let isWatching = ["/health", "/metrics"].contains { request.uri.path.hasPrefix($0) }
        context.isLocal = isWatching ? localMode.isOn : await localMode.isStillOn()
        guard context.isLocal else { return try await next(request, context) }
        let problem = Self.problem(
            host: request.head.authority,
            origin: request.headers[.origin],
            fields: request.headers.lazy.map(\.name.canonicalName),
            origins
        )
        if let problem { throw problem }
        return try await next(request, context)
    }

    /// What is wrong with where a request comes from, if anything is.
    /// - Parameter fields: the names of all its fields, in lower case.
    static func problem(
        host: String?,
        origin: String?,
        fields: some Sequence<String>,
        _ origins: CrossOrigin
    ) -> Problem? {
        if let field = fields.first(where: isOfProxy) { return throughProxy(field) }
        guard let host, LoopbackName.isLoopback(authority: host) else {
            return .forbidden("In local mode the field 'Host' must name a loopback address, such as 'localhost'.")
        }
        guard let origin, !origins.allows(origin) else { return nil }
        let parts = origin.split(separator: "://", maxSplits: 1)
        guard parts.count == 2, LoopbackName.isLoopback(authority: String(parts[1])) else {
            return .forbidden(
                "In local mode the field 'Origin' must name a loopback address, such as 'http://localhost', or one of "
                    + "'allowed_origins'."
            )
        }
        return nil
    }

    /// Whether a field says that somebody handed the request on.
    private static func isOfProxy(_ name: String) -> Bool {
        name == "forwarded" || name.hasPrefix("x-forwarded-") || name == "x-real-ip" || name == "via"
    }

    private static func throughProxy(_ field: String) -> Problem {
        .forbidden(
            "The request came through a proxy, as its field '\(field.shortened)' says, and this server is in local mode: "
                + "whoever reaches it is its administrator. Make an account with 'dragoman users add you@example.org "
                + "--admin'; from then on requests need credentials, and may come through a proxy."
        )
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
