import Contracts
import Environment
import Foundation
import Identity
import NIOHTTP1
import Testing
import WebServer

struct AuthenticationTests {
    @Test func signingInGivesATokenThatSigningOutEnds() async throws {
        try await WebWorld.with(.accounts) { world in
            let user = try await world.signedIn("ada").user
            let body: JSONValue = ["email": "ADA@example.org", "password": .string(WebWorld.password)]
            let answer = try await world.client.post("/auth/login", body)
            #expect(answer.status == 200)
            #expect(try answer.object()["token_type"] == "bearer" && answer.object()["expires_in"] == 86400)
            let ada = world.client.with(token: try answer.string("access_token"))
            let me = try await ada.get("/auth/me").object()
            #expect(me["id"] == .string(user.id) && me["tier"] == "premium" && me["role"] == "user")
            #expect(me["scopes"] == ["account", "jobs", "notes", "translate"])
            #expect(try await ada.send(.POST, "/auth/logout").status == 204)
            #expect(try await ada.get("/auth/me").status == 401)
        }
    }

    @Test func wrongPasswordsAreRefusedAndThenSlowedDown() async throws {
        try await WebWorld.with(.accounts) { world in
            _ = try await world.signedIn("ada")
            let body: JSONValue = ["email": "ada@example.org", "password": "wrong password"]
            var statuses: [Int] = []
            for _ in 0..<8 { statuses.append(try await world.client.post("/auth/login", body).status) }
            #expect(statuses.first == 401 && statuses.last == 429)
            let unknown = try await world.client.post("/auth/login", ["email": "x@y.z", "password": "wrong password"])
            let known = try await world.client.post("/auth/login", body)
            #expect(unknown.status == 401 && known.status == 429 && known.header("retry-after") != nil)
            #expect(unknown.header("www-authenticate") == "Bearer")
        }
    }

    /// What stands in the `Authorization` field.
    static let badCredentials: [[String]] = [
        [], [""], ["Bearer"], ["Bearer "], ["Basic YTpi"], ["Bearer x"], ["Bearer a.b.c"], ["Bearer dgm_0000"],
        ["Bearer " + String(repeating: "x", count: 10_000)], ["Bearer x", "Bearer y"],
        // alg: none
        ["Bearer eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJzdWIiOiJhZG1pbiJ9."],
    ]

    @Test(arguments: badCredentials)
    func badCredentialsAreRefused(_ fields: [String]) async throws {
        try await WebWorld.with(.accounts) { world in
            let headers = HTTPHeaders(fields.map { ("Authorization", $0) })
            let answer = try await world.client.get("/auth/me", headers)
            #expect(answer.status == 401 && answer.header("www-authenticate") == "Bearer")
        }
    }

    @Test func changedAndExpiredTokensAreRefused() async throws {
        try await WebWorld.with(.accounts) { world in
            let ada = try await world.signedIn("ada").client
            let token = try #require(ada.token)
            for index in [3, token.count / 2, token.count - 2] {
                var changed = Array(token)
                changed[index] = changed[index] == "A" ? "B" : "A"
                #expect(try await world.client.with(token: String(changed)).get("/auth/me").status == 401)
            }
            #expect(try await ada.get("/auth/me").status == 200)
            world.time.advance(by: .seconds(86_401))
            #expect(try await ada.get("/auth/me").status == 401)
        }
    }

    @Test func everyoneCanSignUpOnlyWhereThatIsAllowed() async throws {
        let body: JSONValue = ["email": "new@example.org", "password": "correct horse battery"]
        try await WebWorld.with(.accounts) { world in
            let answer = try await world.client.post("/auth/signup", body)
            #expect(answer.status == 403)
        }
        var options = WebWorld.Options.accounts
        options.identity.allowsSignUp = true
        try await WebWorld.with(options) { world in
            let answer = try await world.client.post("/auth/signup", body)
            #expect(answer.status == 201)
            #expect(try answer.object()["role"] == "user" && answer.object()["tier"] == "free")
            #expect(try await world.client.post("/auth/signup", body).status == 409)
            let short: JSONValue = ["email": "other@example.org", "password": "short"]
            #expect(try await world.client.post("/auth/signup", short).status == 422)
            #expect(try await world.client.post("/auth/login", body).status == 200)
        }
    }

    @Test func keysOpenWhatTheirScopesSay() async throws {
        try await WebWorld.with(.accounts) { world in
            let ada = try await world.signedIn("ada").client
            let made = try await ada.post("/api/v1/keys", ["name": "script", "scopes": ["jobs"]])
            #expect(made.status == 201)
            let secret = try made.string("key")
            let key = world.client.with(token: secret)
            #expect(try await key.get("/api/v1/translations").status == 200)
            #expect(try await key.post("/api/v1/translations", WebWorld.body()).status == 403)
            #expect(try await key.get("/api/v1/usage").status == 403)
            let listed = try await ada.get("/api/v1/keys")
            #expect(try listed.items().count == 1 && !listed.text.contains(secret))
            #expect(try await ada.delete("/api/v1/keys/\(try made.string("id"))").status == 204)
            #expect(try await key.get("/api/v1/translations").status == 401)
            #expect(try await ada.delete("/api/v1/keys/\(try made.string("id"))").status == 404)
        }
    }

    @Test func keysEndAtTheirExpiry() async throws {
        try await WebWorld.with(.accounts) { world in
            let ada = try await world.signedIn("ada").client
            let expiry = (world.time.now + .seconds(60)).rfc3339
            let made = try await ada.post("/api/v1/keys", ["name": "short-lived", "expires_at": .string(expiry)])
            #expect(try made.object()["expires_at"] == .string(expiry))
            let key = world.client.with(token: try made.string("key"))
            #expect(try await key.get("/api/v1/usage").status == 200)
            world.time.advance(by: .seconds(61))
            #expect(try await key.get("/api/v1/usage").status == 401)
        }
    }

    static let badKeys: [(JSONValue, Int)] = [
        ([:], 400), (["name": "x", "scopes": ["job"]], 400), (["name": "x", "scopes": "jobs"], 400),
        (["name": "x", "expires_at": "tomorrow"], 400), (["name": "x", "scopes": []], 422),
        (["name": "x", "scopes": ["admin"]], 403), (["name": "", "scopes": ["jobs"]], 422),
        (["name": "x", "expires_at": "2020-01-01T00:00:00Z"], 422),
    ]

    @Test(arguments: badKeys)
    func badKeyIsRefused(_ body: JSONValue, _ status: Int) async throws {
        try await WebWorld.with(.accounts) { world in
            let ada = try await world.signedIn("ada").client
            #expect(try await ada.post("/api/v1/keys", body).status == status)
        }
    }

    @Test func tooManyRequestsAreRefusedAndEveryAnswerSaysHowManyAreLeft() async throws {
        var options = WebWorld.Options.accounts
        options.identity.tiers.limits["premium"]?.requestsPerMinute = 3
        try await WebWorld.with(options) { world in
            let ada = try await world.signedIn("ada").client
            let answers = [
                try await ada.get("/api/v1/stats"), try await ada.get("/api/v1/notes/nonsense"),
                try await ada.get("/api/v1/stats"), try await ada.get("/api/v1/stats"),
            ]
            #expect(answers.map(\.status) == [200, 404, 200, 429])
            #expect(answers.map { $0.header("ratelimit-remaining") } == ["2", "1", "0", "0"])
            #expect(answers.allSatisfy { $0.header("ratelimit-limit") == "3" && $0.header("ratelimit-reset") != nil })
            #expect(answers.last?.header("retry-after") == "20")
            world.time.advance(by: .seconds(20))
            #expect(try await ada.get("/api/v1/stats").status == 200)
            let other = try await world.signedIn("eve").client
            #expect(try await other.get("/api/v1/stats").status == 200)
        }
    }

    @Test func readingWhatOneHasCountsAgainstNoLimit() async throws {
        var options = WebWorld.Options.accounts
        options.identity.tiers.limits["premium"]?.requestsPerMinute = 1
        try await WebWorld.with(options) { world in
            let ada = try await world.signedIn("ada").client
            let job = try await ada.post("/api/v1/translations", WebWorld.body("hello")).string("job_id")
            for path in [
                "/auth/me", "/api/v1/usage", "/api/v1/keys", "/api/v1/languages", "/api/v1/translations",
                "/api/v1/translations/\(job)", "/api/v1/translations/\(job)/webhooks",
            ] {
                for _ in 0..<3 {
                    let answer = try await ada.get(path)
                    #expect(answer.status == 200 && answer.header("ratelimit-limit") == nil, "\(path)")
                }
            }
            #expect(try await ada.post("/api/v1/tickets", [:]).status == 201)
            #expect(try await ada.post("/api/v1/detect", ["text": "hello"]).status == 429)
        }
    }

    @Test func theTierStandardHasNoLimitOfRequests() async throws {
        try await WebWorld.with(.accounts) { world in
            let ada = try await world.signedIn("ada", tier: "standard").client
            let me = try await ada.get("/auth/me").object()
            guard case .object(let limits)? = me["limits"] else {
                Issue.record("There are no limits in \(me).")
                return
            }
            #expect(limits["requests_per_minute"] == .null && limits["priorities"] == true)
            let counted = try await ada.get("/api/v1/stats")
            #expect(counted.status == 200 && counted.header("ratelimit-limit") == nil)
        }
    }

    @Test func usedUpQuotaRefusesAndLeavesNoJob() async throws {
        var options = WebWorld.Options.accounts
        options.identity.tiers.limits["premium"]?.charactersPerMonth = 8
        try await WebWorld.with(options) { world in
            let ada = try await world.signedIn("ada").client
            _ = try await world.submit("hello", as: ada)
            let refused = try await ada.post("/api/v1/translations", WebWorld.body("hello"))
            #expect(refused.status == 429 && refused.header("retry-after") != nil)
            #expect(try refused.string("type") == "urn:dragoman:problem:quota-exceeded")
            #expect(try await ada.get("/api/v1/translations").items().count == 1)
            #expect(try await ada.post("/api/v1/translate", WebWorld.body("abc")).status == 200)
            let usage = try await ada.get("/api/v1/usage").object()
            #expect(usage["characters"] == 8 && usage["limit"] == 8 && usage["month"] == "2026-11")
            #expect(usage["resets_at"] == "2026-12-01T00:00:00.000000Z")
        }
    }

    @Test func longTextIsRefusedByTier() async throws {
        var options = WebWorld.Options.accounts
        options.identity.tiers.limits["premium"]?.maximumTextCharacters = 3
        try await WebWorld.with(options) { world in
            let ada = try await world.signedIn("ada").client
            #expect(try await ada.post("/api/v1/translations", WebWorld.body("äöüß")).status == 413)
            #expect(try await ada.post("/api/v1/translations", WebWorld.body("äöü")).status == 202)
        }
    }
}
