import Identity
import NIOHTTP1
import Notes
import Testing
import WebServer

/// The documented statuses that each operation has reasons of its own for.
struct ConflictTests {
    @Test func impossibleRequestsAreRefused() async throws {
        let password = JSONValue.string(WebWorld.password)
        let bodies: [String: JSONValue] = [
            "translate": ["text": "a", "source_language": "en", "target_language": "xx"],
            "submitTranslation": ["text": "a", "source_language": "en", "target_language": "en"],
            "detectLanguage": ["text": " "],
            "createNote": ["title": "a", "original_text": "b", "original_language": "?"],
            "updateNote": ["title": " "],
            "translateNote": ["target_language": "xx"],
            "signUp": ["email": "nonsense", "password": password],
            "createKey": ["name": "k", "scopes": []],
            "addUser": ["email": "a@example.org", "password": password, "tier": "gold"],
            "updateUser": ["tier": "gold"],
        ]
        #expect(Set(DocumentedOperation.documenting(422).map(\.id)) == Set(bodies.keys))
        try await DocumentedWorld.with { documented in
            for operation in DocumentedOperation.documenting(422) {
                let answer = try await documented.call(operation, body: bodies[operation.id])
                #expect(answer.status == 422, "\(operation) \(answer.text)")
            }
        }
    }

    @Test func conflictsAreTold() async throws {
        var options = WebWorld.Options.accounts
        options.identity.keysPerUser = 1
        options.notes.notesPerOwner = 1
        try await DocumentedWorld.with(options) { documented in
            let (root, world) = (documented.root, documented.world)
            var statuses: [String: Int] = [:]
            let key: HTTPHeaders = ["Idempotency-Key": "k"]
            _ = try await root.post("/api/v1/translations", WebWorld.body("a"), key)
            statuses["submitTranslation"] = try await root.post("/api/v1/translations", WebWorld.body("b"), key).status
            let ended = "/api/v1/translations/\(try await documented.job("ok"))"
            statuses["cancelTranslation"] = try await root.delete(ended).status
            statuses["retryTranslation"] = try await root.send(.POST, ended + "/retry").status
            let note = "/api/v1/notes/\(try await IsolationTests.note(root))"
            statuses["createNote"] = try await root.post(
                "/api/v1/notes",
                ["title": "t", "original_text": "x", "original_language": "en"]
            ).status
            let tag: HTTPHeaders = ["If-Match": "\"9\""]
            statuses["updateNote"] = try await root.patch(note, ["title": "x"], tag).status
            statuses["deleteNote"] = try await root.delete(note, tag).status
            statuses["translateNote"] = try await root.post(note + "/translate", ["target_language": "es"], key).status
            _ = try await documented.key(root)
            statuses["createKey"] = try await root.post("/api/v1/keys", ["name": "k"]).status
            let body: JSONValue = ["email": "root@example.org", "password": .string(WebWorld.password)]
            statuses["addUser"] = try await root.post("/api/v1/admin/users", body).status
            statuses["signUp"] = try await world.client.post("/auth/signup", body).status
            let damaged = "/api/v1/admin/models/damaged"
            statuses["loadModel"] = try await root.send(.POST, damaged + "/load").status
            statuses["unloadModel"] = try await root.send(.POST, damaged + "/unload").status
            #expect(statuses.allSatisfy { $0.value == 409 }, "\(statuses)")
            let expected = Set(DocumentedOperation.documenting(409).map(\.id))
            #expect(Set(statuses.keys) == expected)
        }
    }

    @Test func handshakeOfAWebSocketIsDocumented() async throws {
        #expect(DocumentedOperation.all.first { $0.id == "followByWebSocket" }?.statuses == [101, 426])
        try await WebWorld.with { world in
            let id = try await world.submit()
            let isOpen = try await TestWebSocket.with(world.client, "/ws/job/\(id)") { _ in true }
            #expect(isOpen == true)
            #expect(try await world.client.get("/ws/job/\(id)").status == 426)
        }
    }
}
