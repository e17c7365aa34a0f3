import Identity
import NIOHTTP1
import Testing
import WebServer

/// What belongs to somebody does not exist for anybody else.
struct IsolationTests {
    @Test func anothersJobsNotesAndKeysDoNotExist() async throws {
        try await WebWorld.with(.accounts) { world in
            let ada = try await world.signedIn("ada").client
            let eve = try await world.signedIn("eve").client
            let job = "/api/v1/translations/\(try await world.submit(as: ada))"
            let note = "/api/v1/notes/\(try await Self.note(ada))"
            let key = "/api/v1/keys/\(try await ada.post("/api/v1/keys", ["name": "k"]).string("id"))"
            let calls: [(HTTPMethod, String, JSONValue?)] = [
                (.GET, job, nil), (.DELETE, job, nil), (.DELETE, job + "?purge=true", nil),
                (.POST, job + "/retry", nil),
                (.GET, job + "/events", nil), (.GET, job + "/webhooks", nil), (.GET, note, nil),
                (.PATCH, note, ["title": "mine"]), (.DELETE, note, nil),
                (.POST, note + "/translate", ["target_language": "es"]), (.DELETE, key, nil),
            ]
            for (method, path, body) in calls {
                let answer = try await eve.send(method, path, [:], body?.encoded)
                #expect(answer.status == 404, "\(method) \(path)")
            }
            for list in ["/api/v1/translations", "/api/v1/notes", "/api/v1/keys"] {
                #expect(try await eve.get(list).items().isEmpty)
                #expect(try await ada.get(list).items().count == 1)
            }
            let statistics = try await eve.get("/api/v1/stats").object()
            #expect(statistics.object("notes")?["total"] == 0 && statistics.object("translations")?["total"] == 0)
        }
    }

    static let adminRoutes = [
        "queue", "workers", "models", "dead-letters", "users", "users/x", "users/x/keys", "audit",
    ]

    @Test(arguments: adminRoutes)
    func administrationIsForAdministrators(_ route: String) async throws {
        try await WebWorld.with(.accounts) { world in
            let ada = try await world.signedIn("ada").client
            #expect(try await ada.get("/api/v1/admin/\(route)").status == 403)
            #expect(try await world.client.get("/api/v1/admin/\(route)").status == 401)
        }
    }

    @Test func injectionsAreNothingButText() async throws {
        try await WebWorld.with(.accounts) { world in
            let ada = try await world.signedIn("ada").client
            let text = "'; DROP TABLE jobs; --\r\nSet-Cookie: a=b"
            let note = try await ada.post(
                "/api/v1/notes",
                ["title": "'; DROP TABLE notes; --", "original_text": .string(text), "original_language": "en"]
            )
            #expect(note.status == 201 && note.header("set-cookie") == nil)
            #expect(try note.object()["original_text"] == .string(text))
            #expect(try await ada.get("/api/v1/notes").items().count == 1)
            for path in ["'%20OR%201=1", "..%2f..%2fetc%2fpasswd", "%00", "%0d%0aX:%20y", "%ff"] {
                let answer = try await ada.get("/api/v1/translations/\(path)")
                #expect(answer.status == 404 && answer.header("x") == nil)
            }
        }
    }

    static func note(_ client: TestClient) async throws -> String {
        let body: JSONValue = ["title": "t", "original_text": "hello", "original_language": "en"]
        return try await client.post("/api/v1/notes", body).string("id")
    }
}
