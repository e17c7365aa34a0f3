import Contracts
import Identity
import NIOHTTP1
import Testing
import WebServer

/// What documented operations need in order to succeed.
struct DocumentedWorld: Sendable {
    let world: WebWorld
    /// An administrator.
    let root: TestClient

    static func with(
        _ options: WebWorld.Options = .accounts,
        _ body: @escaping @Sendable (DocumentedWorld) async throws -> Void
    ) async throws {
        var options = options
        options.identity.allowsSignUp = true
        options.translators = { _ in AdministeredModels() }
        try await WebWorld.with(options) { world in
            try await world.working {
                let root = try await world.signedIn("root", role: .admin, tier: "enterprise").client
                try await body(DocumentedWorld(world: world, root: root))
            }
        }
    }

    /// The operation's path, with things in it that were made for it.
    func path(_ operation: DocumentedOperation) async throws -> String {
        var path = operation.template
        switch path {
        case let path where path.hasPrefix("/api/v1/notes/{id}"):
            return filled(path, try await IsolationTests.note(root))
        case let path where path.hasPrefix("/api/v1/keys/{id}"): return filled(path, try await key(root))
        case let path where path.hasPrefix("/api/v1/admin/dead-letters/{id}"):
            return filled(path, try await job("always"))
        case let path where path.hasSuffix("/retry"): return filled(path, try await job("never"))
        case let path where path.hasPrefix("/api/v1/translations/{id}"), let path where path.hasPrefix("/ws/job/{id}"):
            return filled(path, operation.method == .DELETE ? try await heldJob() : try await job("ok"))
        case let path where path.hasPrefix("/api/v1/admin/users/{id}"):
            let (user, client) = try await world.signedIn("user\(world.time.random())")
            return filled(path, user.id).replacing("{key}", with: try await key(client))
        default: break
        }
        path = path.replacing("{id}", with: "x").replacing("{name}", with: "busy")
        return path
    }

    /// The example of the operation's body, made unique where that matters.
    func body(_ operation: DocumentedOperation) -> JSONValue? {
        guard case .object(var object) = operation.body else { return operation.body }
        if operation.id == "signUp" || operation.id == "addUser" {
            object["email"] = .string("user\(world.time.random())@example.org")
        }
        if operation.id == "login" {
            object["email"] = "root@example.org"
            object["password"] = .string(WebWorld.password)
        }
        return .object(object)
    }

    /// Sends what the operation documents.
    func call(
        _ operation: DocumentedOperation,
        as client: TestClient? = nil,
        path: String? = nil,
        query: String = "",
        headers: HTTPHeaders = [:],
        body: JSONValue? = nil
    ) async throws -> TestResponse {
        let client = client ?? (operation.isOpen ? world.client : root)
        let filled = if let path { path } else { try await self.path(operation) }
        let bytes = (body ?? self.body(operation))?.encoded
        return try await client.send(operation.method, filled + query, headers, bytes)
    }

    /// A job that has ended, the way its text says.
    func job(_ text: String) async throws -> String {
        let id = try await world.submit(text, as: root)
        try await world.untilEnded(id)
        return id
    }

    func heldJob() async throws -> String { try await world.submit("hold", as: root) }

    func key(_ client: TestClient) async throws -> String {
        try await client.post("/api/v1/keys", ["name": "k"]).string("id")
    }

    private func filled(_ path: String, _ id: String) -> String { path.replacing("{id}", with: id) }
}
