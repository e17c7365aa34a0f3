internal import Environment
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import Identity

/// `/api/v1/admin`: the accounts, and who did what.
struct AdminUserRoutes {
    let services: WebServices
    let bodies: BodyReader

    private static let path = "/api/v1/admin/users"

    var routes: [Route] {
        [
            .get(Self.path, .scope(.admin), list),
            .post(Self.path, .scope(.admin), add),
            .get(Self.path + "/{id}", .scope(.admin)) { _, context in
                Response(json: try await services.identity.user(context.pathParameter("id")).json)
            },
            .patch(Self.path + "/{id}", .scope(.admin), update),
            .delete(Self.path + "/{id}", .scope(.admin)) { _, context in
                try await services.identity.erase(context.pathParameter("id"), by: try context.admin())
                return Response(status: .noContent)
            },
            .get(Self.path + "/{id}/keys", .scope(.admin), keys),
            .delete(Self.path + "/{id}/keys/{key}", .scope(.admin)) { _, context in
                let (user, key) = (context.pathParameter("id"), context.pathParameter("key"))
                try await services.identity.revokeKey(key, of: user, by: try context.admin())
                return Response(status: .noContent)
            },
            .get("/api/v1/admin/audit", .scope(.admin), audit),
        ]
    }

    @Sendable private func list(_ request: Request, _ context: ServerContext) async throws -> Response {
        let page = try await request.page { try await services.identity.users(limit: $0, cursor: $1) }
        return Response(json: .page(page.elements.map(\.json), next: page.next?.text))
    }

    @Sendable private func audit(_ request: Request, _ context: ServerContext) async throws -> Response {
        let page = try await request.page { try await services.identity.auditTrail(limit: $0, cursor: $1) }
        return Response(json: .page(page.elements.map(Self.json), next: page.next?.text))
    }

    @Sendable private func keys(_ request: Request, _ context: ServerContext) async throws -> Response {
        let user = try await services.identity.user(context.pathParameter("id"))
        let keys = try await services.identity.keys(of: user.id, by: try context.admin())
        return Response(json: .page(keys.map(\.json), next: nil))
    }

    @Sendable private func add(_ request: Request, _ context: ServerContext) async throws -> Response {
        var fields = try await bodies.fields(request, from: try context.signedIn())
        let email = fields.string("email", most: 254)
        let password = fields.string("password", most: 1024)
        let role = fields.role() ?? .user
        let tier = fields.optionalString("tier") ?? Tier.free
        try fields.finish()
        let user = try await services.identity.addUser(
            email: email,
            password: password,
            role: role,
            tier: tier,
            by: try context.admin()
        )
        return Response(.created, json: user.json, headers: [.location: Self.path + "/" + user.id])
    }

    /// Changes all that is named, or nothing.
    @Sendable private func update(_ request: Request, _ context: ServerContext) async throws -> Response {
        let actor = try context.admin()
        let user = try await services.identity.user(context.pathParameter("id"))
        var fields = try await bodies.fields(request, from: try context.signedIn())
        var changes = UserChanges()
        changes.tier = fields.optionalString("tier")
        changes.role = fields.role()
        changes.isDisabled = fields.bool("disabled")
        let password = fields.optionalString("password", most: 1024)
        try fields.finish()
        if let password { changes.password = try await services.identity.hash(password) }
        return Response(json: try await services.identity.change(user.id, changes, by: actor).json)
    }

    private static func json(_ entry: AuditEntry) -> JSONValue {
        [
            "id": .string(entry.id),
            "time": .string(entry.time.rfc3339),
            "actor": .optional(entry.actor),
            "action": .string(entry.action.rawValue),
            "subject": .optional(entry.subject),
            "address": .optional(entry.address),
            "outcome": .string(entry.outcome.rawValue),
        ]
    }
}

extension ServerContext {
    /// The administrator who makes the request.
    fileprivate func admin() throws -> Actor { actor(try signedIn()) }
}

extension JSONFields {
    fileprivate mutating func role() -> Role? {
        word("role", Dictionary(uniqueKeysWithValues: Role.allCases.map { ($0.rawValue, $0) }))
    }
}

extension Request {
    /// The page that `?limit=&cursor=` asks for.
    fileprivate func page<Element>(
        _ read: (Int, ListCursor?) async throws -> ListPage<Element>
    ) async throws -> ListPage<Element> {
        let query = try query(["limit", "cursor"])
        let limit = try query.integer("limit", in: 1...200) ?? 50
        return try await read(
            limit,
            try query.value("cursor", expected: "a 'next_cursor' of this list", ListCursor.init(text:))
        )
    }
}
