import Contracts
import Environment
import Testing
import TranslationService
import WebServer

struct TranslateRouteTests {
    private static let path = "/api/v1/translate"

    @Test func shortTextIsTranslatedAtOnceAndNotStored() async throws {
        try await WebWorld.with { world in
            let answer = try await world.client.post(Self.path, WebWorld.body("hello world"))
            #expect(answer.status == 200)
            let object = try answer.object()
            #expect(object["translated_text"] == "[es] world hello" && object["source_language"] == "en")
            #expect(object["segments"] == nil)
            #expect(try await world.client.get("/api/v1/translations").items().isEmpty)
        }
    }

    @Test func segmentsAreIncludedWhereAskedFor() async throws {
        try await WebWorld.with { world in
            let object = try await world.client.post(Self.path + "?include=segments", WebWorld.body("hi")).object()
            #expect(
                object["segments"] == [
                    ["source": [0, 2], "target": [0, 7], "confidence": .decimal(0.5), "cached": false]
                ]
            )
        }
    }

    @Test func longTextIsSentElsewhere() async throws {
        var options = WebWorld.Options()
        options.translation.synchronousCharacters = 5
        try await WebWorld.with(options) { world in
            #expect(try await world.client.post(Self.path, WebWorld.body("12345")).status == 200)
            let answer = try await world.client.post(Self.path, WebWorld.body("123456"))
            #expect(answer.status == 413 && answer.text.contains("/api/v1/translations"))
        }
    }

    @Test(arguments: [("EN", "es-MX"), ("en_US", "ES")])
    func codesFindWhatThereIsAndTheAnswerSaysWhichItUsed(_ source: String, _ target: String) async throws {
        let body: JSONValue = [
            "text": "hello world", "source_language": .string(source), "target_language": .string(target),
        ]
        try await WebWorld.with { world in
            let answer = try await world.client.post(Self.path, body).object()
            #expect(answer["translated_text"] == "[es] world hello")
            #expect(answer["source_language"] == "en" && answer["target_language"] == "es")
            let job = try await world.client.post("/api/v1/translations", body)
            #expect(job.status == 202)
            let stored = try await world.client.get("/api/v1/translations/\(try job.string("job_id"))").object()
            #expect(stored["source_language"] == "en" && stored["target_language"] == "es")
        }
    }

    @Test func fieldsOfJobsAreRefused() async throws {
        try await WebWorld.with { world in
            var body = JSONObject([("text", "a"), ("source_language", "en"), ("target_language", "es")])
            body["priority"] = "HIGH"
            let answer = try await world.client.post(Self.path, .object(body))
            #expect(answer.status == 400)
            #expect(try answer.complaints() == ["priority"])
        }
    }

    @Test func engineThatTakesTooLongIsNotWaitedFor() async throws {
        var options = WebWorld.Options()
        options.translators = { SimulatedTranslatorSource(timePerWord: .seconds(100_000), sleep: $0.sleep) }
        try await WebWorld.with(options) { world in
            let late = try await world.passing(inStepsOf: .seconds(30)) {
                try await world.client.post(Self.path, WebWorld.body("one two"))
            }
            #expect(late.status == 503 && late.header("retry-after") == "5")
        }
    }

    @Test func tooManyAtOnceAreRefusedAtOnce() async throws {
        var options = WebWorld.Options()
        options.translation.synchronousRequests = 0
        try await WebWorld.with(options) { world in
            let answer = try await world.client.post(Self.path, WebWorld.body())
            #expect(answer.status == 503 && answer.header("retry-after") == "1")
        }
    }

    @Test func oneOwnersRequestsLeaveRoomForOthers() async throws {
        let (begun, begin) = AsyncStream.makeStream(of: Void.self)
        var options = WebWorld.Options.accounts
        options.translation.synchronousRequestsOfOwner = 1
        options.translators = { environment in
            SimulatedTranslatorSource(timePerWord: .seconds(1)) { span in
                begin.yield()
                try await environment.sleep(span)
            }
        }
        try await WebWorld.with(options) { world in
            let (ada, bob) = (try await world.signedIn("ada").client, try await world.signedIn("bob").client)
            let first = Task { try await ada.post(Self.path, WebWorld.body("one")).status }
            for await _ in begun { break }
            #expect(try await ada.post(Self.path, WebWorld.body("two")).status == 503)
            let other = Task { try await bob.post(Self.path, WebWorld.body("three")).status }
            for await _ in begun { break }
            let statuses = try await world.passing(inStepsOf: .seconds(1)) {
                [try await first.value, try await other.value]
            }
            #expect(statuses == [200, 200])
        }
    }

    @Test func languagesAreListedWithTheirTargets() async throws {
        try await WebWorld.with { world in
            let answer = try await world.client.get("/api/v1/languages/")
            #expect(answer.status == 200)
            guard case .array(let languages) = try answer.object()["languages"] else { throw TestClientError.noAnswer }
            #expect(
                languages.contains([
                    "code": "de", "name": "German", "native_name": "Deutsch", "targets": ["en", "es", "fr", "hi"],
                ])
            )
        }
    }

    @Test func languageOfATextIsRecognised() async throws {
        try await WebWorld.with { world in
            let answer = try await world.client.post("/api/v1/detect", ["text": "Guten Morgen, wie geht es Ihnen?"])
            guard case .array(let candidates) = try answer.object()["candidates"],
                case .object(let first) = candidates.first
            else { throw TestClientError.noAnswer }
            #expect(first["language"] == "de")
            #expect(try await world.client.post("/api/v1/detect", ["text": " "]).status == 422)
        }
    }
}
