internal import Environment
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import Logging

/// Gives every request a name, which its log lines and its answer carry, and finds out where it came from.
struct RequestIdentity: RouterMiddleware {
    let trustedProxies: [AddressRange]
    let environment: ServiceEnvironment

    func handle(
        _ request: Request,
        context: ServerContext,
        next: @concurrent (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        context.requestID = Self.accepted(request.headers[.requestID]) ?? newID()
        context.clientAddress = ClientAddress.resolve(
            peer: context.peerAddress,
            forwardedFor: request.headers[values: .forwardedFor],
            trusted: trustedProxies
        )
        context.logger[metadataKey: "request.id"] = .string(context.requestID)
        var response = try await next(request, context)
        response.headers[.requestID] = context.requestID
        return response
    }

    /// The client's name for the request, if it is short and harmless.
    private static func accepted(_ text: String?) -> String? {
        guard let text, (1...64).contains(text.utf8.count), text.utf8.allSatisfy(isHarmless) else { return nil }
        return text
    }

    private static func isHarmless(_ byte: UInt8) -> Bool {
        let character = Character(Unicode.Scalar(byte))
        return character.isASCII && (character.isLetter || character.isNumber || "-_.".contains(character))
    }

    private func newID() -> String {
        let digits = String(environment.random(), radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

/// Finds the client behind proxies.
package enum ClientAddress {
    /// The nearest address that is no trusted proxy: the peer's, unless that is trusted; then the last one of
    /// `X-Forwarded-For` that is not. What a client writes there itself is thus never believed.
    package static func resolve(peer: String, forwardedFor: [String], trusted: [AddressRange]) -> String {
        func isTrusted(_ address: String) -> Bool { trusted.contains { $0.contains(address) } }
        var address = peer
        guard isTrusted(peer) else { return peer }
        for hop in forwardedFor.flatMap({ $0.split(separator: ",") }).reversed().prefix(32) {
            let next = hop.trimmed
            guard AddressRange(next) != nil, !next.contains("/") else { return address }
            address = next
            if !isTrusted(next) { return next }
        }
        return address
    }
}
