internal import Environment
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import Identity

/// `/api/v1/keys`: one's API keys.
struct KeyRoutes {
    let services: WebServices
    let bodies: BodyReader

    private static let path = "/api/v1/keys"

    var routes: [Route] {
        [
            .get(Self.path, .scope(.account)) { _, context in
                let principal = try context.signedIn()
                let keys = try await services.identity.keys(of: principal.userID, by: context.actor(principal))
                return Response(json: .page(keys.map(\.json), next: nil))
            }.uncounted,
            .post(Self.path, .scope(.account), create),
            .delete(Self.path + "/{id}", .scope(.account)) { _, context in
                let principal = try context.signedIn()
                try await services.identity.revokeKey(
                    context.pathParameter("id"),
                    of: principal.userID,
                    by: context.actor(principal)
                )
                return Response(status: .noContent)
            },
        ]
    }

    @Sendable private func create(_ request: Request, _ context: ServerContext) async throws -> Response {
        let principal = try context.signedIn()
        guard principal.credential != .local else {
            throw Problem.forbidden("In local mode there are no accounts, and so no keys. Add a user first.")
        }
        var fields = try await bodies.fields(request, from: principal)
        let name = fields.string("name", most: 100)
        let scopes = readScopes(&fields)
        let expiresAt = readExpiry(&fields)
        try fields.finish()
        let (secret, key) = try await services.identity.createKey(
            for: principal.userID,
            name: name,
            scopes: scopes ?? principal.scopes,
            expiresAt: expiresAt,
            by: context.actor(principal)
        )
        guard case .object(var object) = key.json else { throw Problem.internal }
        object["key"] = .string(secret)
        return Response(.created, json: .object(object), headers: [.location: Self.path + "/" + key.id])
    }

    /// `nil` where they are left out: all that the maker has.
    private func readScopes(_ fields: inout JSONFields) -> Set<Scope>? {
        guard let names = fields.optionalStrings("scopes", most: 20) else { return nil }
        var scopes: Set<Scope> = []
        let known = Scope.allCases.map(\.rawValue)
        for (index, name) in names.enumerated() {
            if let scope = Scope(rawValue: name) {
                scopes.insert(scope)
            } else {
                let hint = NearestName.suggestion(for: name, among: known).map { " Did you mean '\($0)'?" } ?? ""
                fields.fail(
                    "scopes[\(index)]",
                    "It is '\(name.shortened)', expected one of \(known.joined(separator: ", ")).\(hint)"
                )
            }
        }
        return scopes
    }

    private func readExpiry(_ fields: inout JSONFields) -> Timestamp? {
        guard let text = fields.optionalString("expires_at") else { return nil }
        guard let time = Timestamp(rfc3339: text) else {
            fields.fail("expires_at", "It is '\(text.shortened)', expected a time such as '2027-01-31T12:00:00Z'.")
            return nil
        }
        return time
    }
}

extension ServerContext {
    /// The principal as the audit trail names whoever does something.
    func actor(_ principal: Principal) -> Actor { Actor(principal, from: clientAddress) }
}

extension APIKey {
    /// The key without its secret.
    var json: JSONValue {
        [
            "id": .string(id),
            "name": .string(name),
            "hint": .string(hint),
            "scopes": scopes.json,
            "created_at": .string(createdAt.rfc3339),
            "expires_at": .optional(expiresAt?.rfc3339),
            "last_used_at": .optional(lastUsedAt?.rfc3339),
        ]
    }
}
