internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore

/// Tells browsers to take answers for nothing but what they are, and marks what is worth compressing.
struct SecurityHeaders: RouterMiddleware {
    /// Everything from this server, nothing inline, no frames.
    private static let policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        + "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

    func handle(
        _ request: Request,
        context: ServerContext,
        next: @concurrent (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        var response = try await next(request, context)
        response.headers[.xContentTypeOptions] = "nosniff"
        response.headers[.referrerPolicy] = "no-referrer"
        response.headers[.frameOptions] = "DENY"
        response.headers[.contentSecurityPolicy] = Self.policy
        response.headers[.crossOriginResourcePolicy] = "same-origin"
        markForCompression(&response, request)
        return response
    }

    /// Bodies of 1 KiB to 4 MiB: less is not worth it, and more would hold up the event loop.
    private func markForCompression(_ response: inout Response, _ request: Request) {
        guard let length = response.body.contentLength, (1024...(4 << 20)).contains(length), request.method != .head,
            response.headers[.contentEncoding] == nil
        else { return }
        response.headers[.vary] = response.headers[.vary].map { $0 + ", Accept-Encoding" } ?? "Accept-Encoding"
        CompressionMark.put(on: &response.headers)
    }
}
