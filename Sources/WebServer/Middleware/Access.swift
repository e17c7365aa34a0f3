internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import Identity

/// Who may use a route.
enum Access: Sendable {
    /// Anybody, without credentials, not limited.
    case everybody
    /// Whoever has credentials with that scope.
    case scope(Scope)
    /// Whoever has credentials, whatever they open.
    case signedIn
}

/// Finds out who makes a request, refuses those who may not, and limits how many a user makes.
struct AccessControl: RouterMiddleware {
    let access: Access
    /// Whether a request counts against the limit of its user's tier.
    let isCounted: Bool
    let authenticator: Authenticator
    let identity: IdentityService

    func handle(
        _ request: Request,
        context: ServerContext,
        next: @concurrent (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        let principal = try await authenticator.principal(
            authorization: request.headers[values: .authorization],
            address: context.clientAddress,
            isLocal: context.isLocal
        )
        var context = context
        context.principal = principal
        guard isCounted, let decision = await identity.admit(principal) else {
            if case .scope(let scope) = access { try principal.require(scope) }
            return try await next(request, context)
        }
        var response: Response
        do {
            if let retryAfter = decision.retryAfter { throw tooMany(decision, retryAfter) }
            if case .scope(let scope) = access { try principal.require(scope) }
            response = try await next(request, context)
        } catch let error as any HTTPResponseError {
            throw error
        } catch {
            // Every limited answer tells how much is left, errors too.
            response = Response(problem: Problem(error, logger: context.logger))
        }
        response.headers[.rateLimit] = String(decision.limit)
        response.headers[.rateLimitRemaining] = String(decision.remaining)
        response.headers[.rateLimitReset] = Problem.wholeSeconds(decision.resetAfter)
        return response
    }

    private func tooMany(_ decision: RateDecision, _ retryAfter: Duration) -> Problem {
        .tooMany("rate-limited", "More than \(decision.limit) requests a minute are not allowed.", retryAfter)
    }
}

/// Reads credentials.
struct Authenticator: Sendable {
    let identity: IdentityService

    /// Who the `Authorization` field stands for; in local mode, without one, the local user.
    /// - Throws: `Problem` 401, or `IdentityError`.
    func principal(authorization fields: [String], address: String, isLocal: Bool) async throws -> Principal {
        guard let field = fields.first else {
            guard isLocal else { throw Problem.unauthenticated("This needs the field 'Authorization'.") }
            return identity.localPrincipal
        }
        let parts = field.split(separator: " ", maxSplits: 1)
        guard fields.count == 1, parts.count == 2, parts[0].lowercased() == "bearer", field.utf8.count <= 8192 else {
            throw Problem.unauthenticated(
                "The field 'Authorization' has another form than 'Bearer <token or API key>'."
            )
        }
        return try await identity.authenticate(parts[1].trimmed, from: address)
    }
}
