import Contracts
import Identity
import JobSystem
import NIOHTTP1
import Testing
import TranslationService
import WebServer

/// What is paid for, and what is not.
struct ChargeTests {
    private static let path = "/api/v1/translations"

    private static var limited: WebWorld.Options {
        var options = WebWorld.Options.accounts
        options.identity.tiers.limits["premium"]?.charactersPerMonth = 12
        return options
    }

    private static func used(_ client: TestClient) async throws -> JSONValue? {
        try await client.get("/api/v1/usage").object()["characters"]
    }

    @Test func beyondTheQuotaNothingIsRecorded() async throws {
        try await WebWorld.with(Self.limited) { world in
            let ada = try await world.signedIn("ada").client
            #expect(try await ada.post(Self.path, WebWorld.body("hello")).status == 202)
            let refused = try await ada.post(Self.path, WebWorld.body("hello world"))
            #expect(refused.status == 429 && refused.header("retry-after") != nil)
            let counts = try await world.services.jobs.store.counts()
            #expect(counts.map(\.state) == [.queued] && counts.map(\.jobs) == [1])
            #expect(try await Self.used(ada) == 5)
        }
    }

    @Test func whatIsNotAcceptedIsNotPaidFor() async throws {
        var options = Self.limited
        options.maximumWaiting = 0
        options.translation.synchronousRequests = 0
        try await WebWorld.with(options) { world in
            let ada = try await world.signedIn("ada").client
            // Each would fit once only.
            for path in [Self.path, "/api/v1/translate", Self.path] {
                #expect(try await ada.post(path, WebWorld.body("hello wor")).status == 503)
                #expect(try await Self.used(ada) == 0)
            }
        }
    }

    @Test func repeatedRequestsArePaidForOnce() async throws {
        try await WebWorld.with(Self.limited) { world in
            let ada = try await world.signedIn("ada").client
            let key: HTTPHeaders = ["Idempotency-Key": "k"]
            let id = try await ada.post(Self.path, WebWorld.body("hello"), key).string("job_id")
            #expect(try await ada.post(Self.path, WebWorld.body("hello"), key).string("job_id") == id)
            #expect(try await Self.used(ada) == 5)
            #expect(try await ada.post(Self.path, WebWorld.body("hola"), key).status == 409)
            #expect(try await Self.used(ada) == 5)
            // Even when there would be no room for it.
            #expect(try await ada.post(Self.path, WebWorld.body("goodbye")).status == 202)
            let again = try await ada.post(Self.path, WebWorld.body("hello"), key)
            #expect(again.status == 202)
            #expect(try again.string("job_id") == id)
            #expect(try await ada.post(Self.path, WebWorld.body("hello"), ["Idempotency-Key": "l"]).status == 429)
        }
    }

    @Test func unlimitedAccountsGetBackWhatWasNotDone() async throws {
        var options = WebWorld.Options()
        options.translation.synchronousRequests = 0
        try await WebWorld.with(options) { world async throws in
            #expect(try await world.client.post("/api/v1/translate", WebWorld.body("hello")).status == 503)
            #expect(try await Self.used(world.client) == 0)
            #expect(try await world.client.post(Self.path, WebWorld.body("hello")).status == 202)
            #expect(try await Self.used(world.client) == 5)
        }
    }

    @Test func textsOfNotesAreCheckedAsTextsAre() async throws {
        var options = Self.limited
        options.identity.tiers.limits["premium"]?.charactersPerMonth = nil
        options.identity.tiers.limits["premium"]?.maximumTextCharacters = 5
        try await WebWorld.with(options) { world in
            let ada = try await world.signedIn("ada").client
            func translation(of text: String) async throws -> Int {
                let note = try await ada.post(
                    "/api/v1/notes",
                    ["title": "t", "original_text": .string(text), "original_language": "en"]
                )
                let path = "/api/v1/notes/\(try note.string("id"))/translate"
                return try await ada.post(path, ["target_language": "es"]).status
            }
            #expect(try await translation(of: "12345") == 202)
            #expect(try await translation(of: "123456") == 413)
            #expect(try await Self.used(ada) == 5)
        }
    }
}
