import Contracts
import Identity
import NIOHTTP1
import Testing
import WebServer

/// Every status that the contract documents really comes, from every operation that documents it.
struct DocumentedStatusTests {
    /// Statuses that one of the tests below is about. The others are successes.
    private static let tested: Set<Int> = [101, 400, 401, 403, 404, 408, 409, 413, 415, 422, 426, 429, 503, 507]

    @Test func everyOperationThatExistsIsDocumented() async throws {
        try await WebWorld.with { world in
            let server = WebServer(WebServerConfiguration(), services: world.services)
            let existing = server.operations.filter { $0.template != "/" && !$0.template.hasPrefix("/assets/") }.map {
                "\($0.method) \($0.template)"
            }
            #expect(Set(existing) == Set(DocumentedOperation.all.map(\.description)))
        }
    }

    @Test func everyOperationSucceeds() async throws {
        try await DocumentedWorld.with { documented in
            for operation in DocumentedOperation.all where operation.id != "followByWebSocket" {
                // Signing out ends the session.
                let client = operation.id == "logout" ? try await documented.world.freshToken("root") : nil
                let answer = try await documented.call(operation, as: client)
                let isDocumented = operation.statuses.subtracting(Self.tested).contains(answer.status)
                #expect(isDocumented, "\(operation): \(answer.status) \(answer.text.prefix(200))")
            }
        }
    }

    @Test func otherSuccesses() async throws {
        try await DocumentedWorld.with { documented in
            let root = documented.root
            let waited = try await root.post("/api/v1/translations", WebWorld.body(), ["Prefer": "wait=10"])
            #expect(waited.status == 200)
            let id = try waited.string("job_id")
            let events = try await root.stream("/api/v1/translations/\(id)/events") { _, events in
                try await events.rest()
            }
            let seen = try #require(events.last?.id)
            #expect(try await root.get("/api/v1/translations/\(id)/events", ["Last-Event-ID": seen]).status == 204)
            #expect(try await root.delete("/api/v1/translations/\(id)?purge=true").status == 204)
            let models = "/api/v1/admin/models"
            #expect(try await root.send(.POST, models + "/slow/load").status == 202)
            #expect(try await root.send(.POST, models + "/busy/load").status == 200)
            #expect(try await root.send(.POST, models + "/busy/unload").status == 202)
            #expect(try await root.send(.POST, models + "/slow/unload").status == 200)
        }
        let several = DocumentedOperation.all.filter { $0.statuses.subtracting(Self.tested).count > 1 }.map(\.id)
        #expect(
            Set(several)
                == ["submitTranslation", "followTranslation", "cancelTranslation", "loadModel", "unloadModel"]
        )
    }

    @Test func malformedRequestsAreRefused() async throws {
        try await DocumentedWorld.with { documented in
            for operation in DocumentedOperation.documenting(400) {
                let query = operation.body == nil ? operation.parameters.first.map { "?\($0)=%ff" } ?? "" : ""
                let headers: HTTPHeaders = operation.id == "deleteNote" ? ["If-Match": "nonsense"] : [:]
                let body: JSONValue? = operation.body == nil ? nil : ["nonsense": true]
                let answer = try await documented.call(operation, query: query, headers: headers, body: body)
                #expect(answer.status == 400, "\(operation)")
            }
        }
    }

    @Test func requestsWithoutCredentialsAreRefused() async throws {
        try await DocumentedWorld.with { documented in
            let nobody = documented.world.client
            for operation in DocumentedOperation.documenting(401) {
                let body: JSONValue? = operation.id == "login" ? ["email": "a@b.c", "password": "wrong"] : nil
                let answer = try await documented.call(operation, as: nobody, body: body)
                #expect(answer.status == 401, "\(operation)")
            }
        }
    }

    @Test func credentialsThatDoNotOpenSomethingAreRefused() async throws {
        try await DocumentedWorld.with { documented in
            let made = try await documented.root.post("/api/v1/keys", ["name": "n", "scopes": ["notes"]])
            let notes = documented.world.client.with(token: try made.string("key"))
            let other = try await documented.root.post("/api/v1/keys", ["name": "j", "scopes": ["jobs"]])
            let jobs = documented.world.client.with(token: try other.string("key"))
            for operation in DocumentedOperation.documenting(403) where operation.id != "signUp" {
                let client = operation.template.hasPrefix("/api/v1/notes") ? jobs : notes
                #expect(try await documented.call(operation, as: client).status == 403, "\(operation)")
            }
        }
        try await WebWorld.with(.accounts) { world in
            let body: JSONValue = ["email": "a@example.org", "password": .string(WebWorld.password)]
            let answer = try await world.client.post("/auth/signup", body)
            #expect(answer.status == 403)
        }
    }

    @Test func thingsThatDoNotExistAreNotFound() async throws {
        try await DocumentedWorld.with { documented in
            for operation in DocumentedOperation.documenting(404) {
                let path = operation.template.replacing("{id}", with: "x").replacing("{key}", with: "y")
                    .replacing("{name}", with: "z")
                let answer = try await documented.call(operation, path: path)
                #expect(answer.status == 404, "\(operation)")
            }
        }
    }

    @Test func bodiesOfAnotherTypeOrSizeAreRefused() async throws {
        var options = WebWorld.Options.accounts
        options.configuration.bodyBytes = 1000
        try await DocumentedWorld.with(options) { documented in
            for operation in DocumentedOperation.documenting(415) {
                let path = try await documented.path(operation)
                let text = try await documented.call(operation, path: path, headers: ["Content-Type": "text/plain"])
                #expect(text.status == 415, "\(operation)")
                let large: JSONValue = ["text": .string(String(repeating: "x", count: 1000))]
                let answer = try await documented.call(operation, path: path, body: large)
                #expect(answer.status == 413 && operation.statuses.contains(413), "\(operation)")
            }
        }
        #expect(DocumentedOperation.documenting(415).map(\.id) == DocumentedOperation.documenting(413).map(\.id))
        #expect(DocumentedOperation.documenting(415).map(\.id) == DocumentedOperation.documenting(408).map(\.id))
    }

    @Test func bodiesThatDoNotArriveAreNotWaitedFor() async throws {
        var options = WebWorld.Options.accounts
        options.configuration.bodyTimeout = .seconds(7)
        try await WebWorld.with(options) { world in
            // Without a worker, so that nobody sleeps but the reader of the body.
            let root = try await world.signedIn("root", role: .admin, tier: "enterprise").client
            let documented = DocumentedWorld(world: world, root: root)
            for operation in DocumentedOperation.documenting(408) {
                let path = try await documented.path(operation)
                let head = documented.root.head(operation.method, path, ["Content-Length": "9"], [])
                let fields = head.headers.map { "\($0.name): \($0.value)\r\n" }.joined()
                try await RawConnection.with(documented.root.port) { connection in
                    try await connection.send("\(head.method) \(head.uri) HTTP/1.1\r\n\(fields)\r\n{")
                    let answer = await world.passing(inStepsOf: .seconds(7)) { await connection.readToEnd() }
                    #expect(answer.hasPrefix("HTTP/1.1 408"), "\(operation)")
                }
            }
        }
    }

    @Test func tooManyRequestsAreRefused() async throws {
        var options = WebWorld.Options.accounts
        options.identity.tiers.limits["free"]?.requestsPerMinute = 1
        try await DocumentedWorld.with(options) { documented in
            let (_, client) = try await documented.world.signedIn("ada", tier: "free")
            _ = try await client.get("/api/v1/stats")
            for operation in DocumentedOperation.documenting(429) where !operation.isOpen {
                #expect(try await documented.call(operation, as: client).status == 429, "\(operation)")
            }
            let attempts = DocumentedOperation.documenting(429).filter(\.isOpen)
            #expect(Set(attempts.map(\.id)) == ["login", "signUp"])
            for operation in attempts {
                var statuses: [Int] = []
                let body: JSONValue = ["email": "nobody@example.org", "password": "x"]
                for _ in 0..<40 { statuses.append(try await documented.call(operation, body: body).status) }
                #expect(statuses.last == 429, "\(operation)")
            }
        }
    }

    @Test func operationsThatNeedTheStoreSayThatItCannotBeReached() async throws {
        try await DocumentedWorld.with { documented in
            let database = documented.world.database
            for operation in DocumentedOperation.documenting(503) where operation.id != "getReadiness" {
                let path = try await documented.path(operation)
                // A token that nobody has used yet, so that it has to be looked up.
                let client = try await documented.world.freshToken("root")
                database.condition = .unreachable
                let answer = try await documented.call(operation, as: operation.isOpen ? nil : client, path: path)
                database.condition = .working
                #expect(answer.status == 503 && answer.header("retry-after") != nil, "\(operation)")
            }
        }
        var options = WebWorld.Options()
        options.healthChecks = [HealthCheck("database") { throw TestClientError.noAnswer }]
        try await WebWorld.with(options) { world in
            let answer = try await world.client.get("/health/ready")
            #expect(answer.status == 503)
        }
    }

    @Test func operationsThatWriteSayThatThereIsNoRoom() async throws {
        try await DocumentedWorld.with { documented in
            let database = documented.world.database
            // A translation is written down before it is made only where it counts against a limit.
            let limited = try await documented.world.signedIn("ada", tier: "premium").client
            for operation in DocumentedOperation.documenting(507) {
                let path = try await documented.path(operation)
                let client = operation.id == "translate" ? limited : documented.root
                database.condition = .full
                let answer = try await documented.call(operation, as: client, path: path)
                database.condition = .working
                #expect(answer.status == 507 && answer.header("retry-after") != nil, "\(operation) \(answer.status)")
            }
        }
    }
}

extension WebWorld {
    /// A client with a new token of somebody who has an account.
    func freshToken(_ name: String) async throws -> TestClient {
        let identity = services.identity
        let token = try await identity.login(email: "\(name)@example.org", password: Self.password, from: "test")
        return client.with(token: token.accessToken)
    }
}
