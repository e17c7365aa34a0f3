internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import Logging
internal import NIOCore
internal import NIOHTTP1

/// Turns everything that is thrown into a problem document.
struct ProblemMiddleware: RouterMiddleware {
    let routes: RouteIndex

    func handle(
        _ request: Request,
        context: ServerContext,
        next: @concurrent (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as HTTPParserError {
            // The connection is beyond an answer of this layer.
            throw error
        } catch {
            return Response(problem: problem(for: error, request, context))
        }
    }

    private func problem(for error: any Error, _ request: Request, _ context: ServerContext) -> Problem {
        if let error = error as? any HTTPResponseError { return routing(error, request) }
        return Problem(error, logger: context.logger)
    }

    /// What the router says.
    private func routing(_ error: any HTTPResponseError, _ request: Request) -> Problem {
        guard error.status == .notFound else {
            return Problem(error.status, "refused", "The request cannot be served: \(error.status.reasonPhrase).")
        }
        let allowed = routes.methods(at: request.uri.path)
        guard !allowed.isEmpty else { return .notFound("There is nothing at this path.") }
        let list = allowed.joined(separator: ", ")
        return Problem(
            .methodNotAllowed,
            "method-not-allowed",
            "The method is '\(request.method.rawValue.shortened)', expected one of \(list).",
            headers: [.allow: list]
        )
    }
}

extension Response {
    init(problem: Problem) {
        var headers = problem.headers
        headers[.contentType] = "application/problem+json"
        headers[.cacheControl] = "no-store"
        if problem.closesConnection { headers[.connection] = "close" }
        self.init(
            status: problem.status,
            headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: problem.json.encoded))
        )
    }

    /// An answer in JSON.
    init(_ status: HTTPResponse.Status = .ok, json: JSONValue, headers: HTTPFields = [:]) {
        var headers = headers
        headers[.contentType] = "application/json"
        if headers[.cacheControl] == nil { headers[.cacheControl] = "no-store" }
        self.init(status: status, headers: headers, body: LongTexts.body(json.encoded))
    }
}
