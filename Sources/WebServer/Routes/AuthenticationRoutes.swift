internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import Identity
internal import TranslationService

/// `/auth`: signing in, out and up, and whether that is needed.
struct AuthenticationRoutes {
    let services: WebServices
    let bodies: BodyReader

    var routes: [Route] {
        [
            .get("/auth/methods", .everybody) { _, context in
                Response(json: [
                    "credentials_required": .bool(!context.isLocal),
                    "signup": .bool(!context.isLocal && services.identity.configuration.allowsSignUp),
                ])
            },
            .post("/auth/login", .everybody, login),
            .post("/auth/signup", .everybody, signUp),
            .post("/auth/logout", .signedIn) { _, context in
                try await services.identity.logout(try context.signedIn(), from: context.clientAddress)
                return Response(status: .noContent)
            },
            .get("/auth/me", .signedIn) { _, context in Response(json: me(try context.signedIn())) }
                .uncounted,
        ]
    }

    @Sendable private func login(_ request: Request, _ context: ServerContext) async throws -> Response {
        let (email, password) = try await credentials(request)
        let token = try await services.identity.login(email: email, password: password, from: context.clientAddress)
        return Response(json: [
            "access_token": .string(token.accessToken),
            "token_type": "bearer",
            "expires_in": .integer(token.expiresIn.components.seconds),
        ])
    }

    @Sendable private func signUp(_ request: Request, _ context: ServerContext) async throws -> Response {
        let (email, password) = try await credentials(request)
        let user = try await services.identity.signUp(email: email, password: password, from: context.clientAddress)
        return Response(.created, json: user.json)
    }

    private func credentials(_ request: Request) async throws -> (email: String, password: String) {
        var fields = try await bodies.fields(request, from: nil)
        let email = fields.string("email", most: 254)
        let password = fields.string("password", most: 1024)
        try fields.finish()
        return (email, password)
    }

    private func me(_ principal: Principal) -> JSONValue {
        let limits = services.identity.limits(of: principal)
        let characters = min(limits.maximumTextCharacters, services.translation.limits.jobCharacters)
        return [
            "id": .string(principal.userID),
            "email": .optional(principal.email),
            "role": .string(principal.role.rawValue),
            "tier": .string(principal.tier),
            "scopes": principal.scopes.json,
            "limits": [
                "requests_per_minute": limits.requestsPerMinute.map { .integer($0) } ?? .null,
                "characters_per_month": limits.charactersPerMonth.map { .integer($0) } ?? .null,
                "characters_per_request": .integer(characters),
                "priorities": .bool(limits.mayUsePriorities),
            ],
        ]
    }
}

extension Set<Scope> {
    /// Sorted names.
    var json: JSONValue { .array(map(\.rawValue).sorted().map(JSONValue.string)) }
}

extension User {
    var json: JSONValue {
        [
            "id": .string(id),
            "email": .string(email),
            "role": .string(role.rawValue),
            "tier": .string(tier),
            "disabled": .bool(isDisabled),
            "created_at": .string(createdAt.rfc3339),
        ]
    }
}
