internal import CoreMetrics
internal import Environment
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import Logging

/// One log line and two metrics for each request. Paths appear as templates only: neither ids nor texts get into logs or
/// labels.
struct RequestLog: RouterMiddleware {
    let metrics: RequestMetrics
    let routes: RouteIndex
    let environment: ServiceEnvironment

    func handle(
        _ request: Request,
        context: ServerContext,
        next: @concurrent (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        let begin = environment.now()
        let response = try await next(request, context)
        let duration = environment.now() - begin
        let route = routes.template(of: context.endpointPath, at: request.uri.path)
        let method = RouteIndex.methods.contains(request.method.rawValue) ? request.method.rawValue : "other"
        metrics.record(route: route, method: method, status: response.status.code, duration: duration)
        context.logger.log(
            level: level(of: response.status, route),
            "Request",
            metadata: [
                "http.method": .string(method),
                "http.route": .string(route),
                "http.status": .stringConvertible(response.status.code),
                "duration.ms": .stringConvertible(duration.wholeMicroseconds / 1000),
                "client.address": .string(context.clientAddress),
            ]
        )
        return response
    }

    /// What is asked all the time, and says nothing, is not shown.
    private func level(of status: HTTPResponse.Status, _ route: String) -> Logger.Level {
        if status.code >= 500, status != .serviceUnavailable { return .error }
        return route.hasPrefix("/health") || route == "/metrics" ? .debug : .info
    }
}
