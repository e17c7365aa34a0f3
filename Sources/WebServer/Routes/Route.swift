internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore

/// One operation of the API.
struct Route: Sendable {
    typealias Handler = @Sendable (Request, ServerContext) async throws -> Response

    let method: HTTPRequest.Method
    /// Such as `/api/v1/notes/{id}`.
    let template: String
    let access: Access
    let handler: Handler
    /// Whether a request counts against the limit of its user's tier: what makes work or changes something does.
    private(set) var isCounted = true

    /// The same without a cost: for reading what one has already. Whoever follows a job must not use up by that what
    /// they may submit.
    var uncounted: Route {
        var route = self
        route.isCounted = false
        return route
    }

    static func get(_ template: String, _ access: Access, _ handler: @escaping Handler) -> Route {
        Route(method: .get, template: template, access: access, handler: handler)
    }

    static func post(_ template: String, _ access: Access, _ handler: @escaping Handler) -> Route {
        Route(method: .post, template: template, access: access, handler: handler)
    }

    static func patch(_ template: String, _ access: Access, _ handler: @escaping Handler) -> Route {
        Route(method: .patch, template: template, access: access, handler: handler)
    }

    static func delete(_ template: String, _ access: Access, _ handler: @escaping Handler) -> Route {
        Route(method: .delete, template: template, access: access, handler: handler)
    }
}

extension ServerContext {
    /// The part of the path in the place of `{name}`, decoded; empty if it is not UTF-8.
    func pathParameter(_ name: String) -> String { parameters.get(name).flatMap { PercentEncoding.decode($0) } ?? "" }
}

extension Request {
    func query(_ known: [String]) throws -> QueryParameters { try QueryParameters(uri.query, known: known) }
}
