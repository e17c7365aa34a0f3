import Contracts
import Identity
import NIOHTTP1
import Testing
import WebServer

struct AdministrationTests {
    private static let path = "/api/v1/admin"

    @Test func accountsAreMadeChangedAndErased() async throws {
        try await WebWorld.with(.accounts) { world in
            let root = try await world.signedIn("root", role: .admin).client
            let body: JSONValue = ["email": "new@example.org", "password": "correct horse battery", "tier": "premium"]
            let made = try await root.post("\(Self.path)/users", body)
            #expect(made.status == 201)
            let user = "\(Self.path)/users/\(try made.string("id"))"
            #expect(made.header("location") == user)
            let changed = try await root.patch(user, ["tier": "enterprise", "role": "admin", "disabled": true])
            let object = try changed.object()
            #expect(object["tier"] == "enterprise" && object["role"] == "admin" && object["disabled"] == true)
            let login: JSONValue = ["email": "new@example.org", "password": "another good password"]
            #expect(
                try await root.patch(user, ["disabled": false, "password": login.member("password")]).status == 200
            )
            #expect(try await world.client.post("/auth/login", login).status == 200)
            #expect(try await root.get("\(Self.path)/users?limit=1").items().count == 1)
            #expect(try await root.delete(user).status == 204)
            #expect(try await root.get(user).status == 404)
            let actions = try await root.get("\(Self.path)/audit").items().map { $0["action"] }
            #expect(Set(actions).isSuperset(of: ["user.added", "user.tier_changed", "user.disabled", "user.erased"]))
        }
    }

    @Test func keysOfOthersAreListedAndRevoked() async throws {
        try await WebWorld.with(.accounts) { world in
            let root = try await world.signedIn("root", role: .admin).client
            let (user, ada) = try await world.signedIn("ada")
            let key = try await ada.post("/api/v1/keys", ["name": "k"]).string("id")
            let path = "\(Self.path)/users/\(user.id)/keys"
            #expect(try await root.get(path).items().map { $0["id"] } == [.string(key)])
            #expect(try await root.delete("\(path)/\(key)").status == 204)
            #expect(try await root.delete("\(path)/\(key)").status == 404)
            #expect(try await ada.get("/api/v1/keys").items().isEmpty)
        }
    }

    @Test func deadLettersAreTriedAgainOrThrownAway() async throws {
        try await WebWorld.with { world in
            let ids = try await world.working {
                let ids = [
                    try await world.submit("always"), try await world.submit("always"), try await world.submit(),
                ]
                for id in ids { try await world.untilEnded(id) }
                return ids
            }
            let list = try await world.client.get("\(Self.path)/dead-letters").items()
            #expect(Set(list.map { $0["job_id"] }) == [.string(ids[0]), .string(ids[1])])
            #expect(list.first?["owner"] == "local" && list.first?["kind"] == "text")
            let retried = try await world.client.send(.POST, "\(Self.path)/dead-letters/\(ids[0])/retry")
            #expect(retried.status == 202)
            #expect(try retried.object()["status"] == "QUEUED")
            #expect(try await world.client.delete("\(Self.path)/dead-letters/\(ids[1])").status == 204)
            #expect(try await world.client.delete("\(Self.path)/dead-letters/\(ids[2])").status == 404)
            #expect(try await world.client.get("\(Self.path)/dead-letters").items().isEmpty)
        }
    }

    @Test func queueWorkersAndModelsAreShown() async throws {
        try await WebWorld.with { world in
            _ = try await world.submit("two words")
            world.time.advance(by: .seconds(3))
            let queue = try await world.client.get("\(Self.path)/queue").object()
            #expect(queue["waiting"] == 1)
            #expect(
                queue.object("classes")?["STANDARD"]
                    == ["waiting": 1, "waiting_words": 2, "oldest_seconds": .decimal(3), "processing": 0]
            )
            let workers = try await world.client.get("\(Self.path)/workers").items()
            let expected: JSONValue = [
                "name": "w", "running_jobs": 1, "concurrency": 4, "classes": ["CRITICAL", "HIGH"],
                "pairs": [["source_language": "auto", "target_language": "es"]],
                "started_at": "1970-01-01T00:00:00.000000Z", "seen_at": "1970-01-01T00:00:01.000000Z",
            ]
            #expect(workers.map { .object($0) } == [expected])
            let models = try await world.client.get("\(Self.path)/models").items()
            #expect(models.first?["name"] == "simulated" && models.first?["loaded"] == true)
        }
    }

    static let badUsers: [(JSONValue, Int)] = [
        ([:], 400), (["email": "a@b.c", "password": "correct horse battery", "role": "root"], 400),
        (["email": "nonsense", "password": "correct horse battery"], 422),
        (["email": "a@b.c", "password": "short"], 422),
        (["email": "a@b.c", "password": "correct horse battery", "tier": "gold"], 422),
        (["email": "root@example.org", "password": "correct horse battery"], 409),
    ]

    @Test(arguments: badUsers)
    func badAccountIsRefused(_ body: JSONValue, _ status: Int) async throws {
        try await WebWorld.with(.accounts) { world in
            let root = try await world.signedIn("root", role: .admin).client
            #expect(try await root.post("\(Self.path)/users", body).status == status)
        }
    }
}

extension JSONValue {
    /// A member of an object.
    func member(_ name: String) -> JSONValue {
        if case .object(let object) = self { object[name] ?? .null } else { .null }
    }
}
