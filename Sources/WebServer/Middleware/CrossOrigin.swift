internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore

/// Lets web pages of the configured origins use the API (CORS). Credentials travel in the `Authorization` field, never in
/// cookies, so that no page can borrow them.
struct CrossOrigin: RouterMiddleware {
    let allowedOrigins: [String]

    private static let exposed = [
        "Location", "Preference-Applied", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", "Retry-After",
        "X-Cache", "X-Request-Id",
    ].joined(separator: ", ")
    private static let requestFields = [
        "Authorization", "Content-Type", "Idempotency-Key", "If-Match", "Last-Event-ID", "Prefer", "X-Request-Id",
    ].joined(separator: ", ")

    func handle(
        _ request: Request,
        context: ServerContext,
        next: @concurrent (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        guard !allowedOrigins.isEmpty else { return try await next(request, context) }
        guard let origin = request.headers[.origin], allows(origin) else {
            return varied(try await next(request, context))
        }
        let isPreflight = request.method == .options && request.headers[.accessControlRequestMethod] != nil
        var response = isPreflight ? Response(status: .noContent) : try await next(request, context)
        if isPreflight {
            response.headers[.accessControlAllowMethods] = "GET, HEAD, POST, PATCH, DELETE"
            response.headers[.accessControlAllowHeaders] = Self.requestFields
            response.headers[.accessControlMaxAge] = "600"
        }
        response.headers[.accessControlAllowOrigin] = allowedOrigins.contains("*") ? "*" : origin
        response.headers[.accessControlExposeHeaders] = Self.exposed
        return varied(response)
    }

    func allows(_ origin: String) -> Bool { allowedOrigins.contains("*") || allowedOrigins.contains(origin) }

    private func varied(_ response: Response) -> Response {
        var response = response
        response.headers[.vary] = "Origin"
        return response
    }
}
