import JobSystem
import NIOHTTP1
import Notes
import Testing
import WebServer

struct NoteRouteTests {
    private static let path = "/api/v1/notes"
    private static let body: JSONValue = [
        "title": "Greeting", "original_text": "hello world", "original_language": "en",
    ]

    @Test func noteIsMadeReadChangedAndDeleted() async throws {
        try await WebWorld.with { world in
            let made = try await world.client.post(Self.path + "/", Self.body)
            #expect(made.status == 201 && made.header("etag") == "\"1\"")
            let path = try #require(made.header("location"))
            let first = try await world.client.get(path)
            let second = try await world.client.get(path)
            #expect(first.header("x-cache") == "MISS" && second.header("x-cache") == "HIT")
            #expect(first.body == second.body)
            #expect(try first.object()["translated_text"] == .null && first.object()["translations"] == [:])
            let changed = try await world.client.patch(path, ["title": "Hi"])
            #expect(changed.status == 200 && changed.header("etag") == "\"2\"")
            let third = try await world.client.get(path)
            #expect(third.header("x-cache") == "MISS")
            #expect(try third.object()["title"] == "Hi" && third.object()["original_text"] == "hello world")
            #expect(try await world.client.get(Self.path).items().count == 1)
            #expect(try await world.client.delete(path).status == 204)
            #expect(try await world.client.get(path).status == 404)
        }
    }

    @Test func changeOfAnOlderRevisionIsRefused() async throws {
        try await WebWorld.with { world in
            let made = try await world.client.post(Self.path, Self.body)
            let path = try #require(made.header("location"))
            #expect(try await world.client.patch(path, ["title": "a"], ["If-Match": "\"1\""]).status == 200)
            #expect(try await world.client.patch(path, ["title": "b"], ["If-Match": "\"1\""]).status == 409)
            #expect(try await world.client.patch(path, ["title": "b"], ["If-Match": "1"]).status == 400)
            #expect(try await world.client.delete(path, ["If-Match": "\"1\""]).status == 409)
            #expect(try await world.client.delete(path, ["If-Match": "\"2\""]).status == 204)
        }
    }

    @Test func translatingANoteSubmitsAJobThatIsCharged() async throws {
        try await WebWorld.with(.accounts) { world in
            let ada = try await world.signedIn("ada").client
            let made = try await ada.post(Self.path, Self.body)
            let path = try #require(made.header("location"))
            let headers: HTTPHeaders = ["Idempotency-Key": "k"]
            let answer = try await ada.post(path + "/translate", ["target_language": "es"], headers)
            #expect(answer.status == 202)
            #expect(try answer.object()["status"] == "Translation in progress")
            let job = try await ada.get("/api/v1/translations/\(try answer.string("job_id"))").object()
            #expect(job["source_language"] == "en" && job["target_language"] == "es" && job["word_count"] == 2)
            #expect(try await ada.get("/api/v1/usage").object()["characters"] == 11)
            let again = try await ada.post(path + "/translate", ["target_language": "es"], headers)
            #expect(try again.string("job_id") == answer.string("job_id"), "\(again.text)")
        }
    }

    @Test func noteCarriesItsTranslations() async throws {
        try await WebWorld.with { world in
            let made = try await world.client.post(Self.path, Self.body)
            let path = try #require(made.header("location"))
            let started = try await world.client.post(path + "/translate", ["target_language": "es"])
            _ = try await world.client.get(path)
            let id = try #require(JobID(try started.string("job_id")))
            let note = try #require(NoteID(try made.string("id")))
            // What the worker does when the job ends.
            try await world.services.notes.recordTranslation(
                NoteJob(noteID: note, text: "hello world", textRevision: 1),
                owner: "local",
                language: "es",
                text: "hola mundo",
                jobID: id
            )
            let answer = try await world.client.get(path)
            #expect(answer.header("x-cache") == "MISS")
            let object = try answer.object()
            #expect(object["translated_text"] == "hola mundo" && object["translated_language"] == "es")
            let translation = try #require(object.object("translations")?.object("es"))
            #expect(translation["text"] == "hola mundo" && translation["stale"] == false)
        }
    }

    @Test(arguments: [("EN", "es"), ("en-US", "ES"), ("eng", "es_MX")])
    func codesFindWhatThereIsAndTheJobIsWorkedOff(_ source: String, _ target: String) async throws {
        try await WebWorld.with { world in
            let body: JSONValue = ["title": "a", "original_text": "hello", "original_language": .string(source)]
            let made = try await world.client.post(Self.path, body)
            #expect(try made.object()["original_language"] == "en")
            let path = try #require(made.header("location"))
            let answer = try await world.client.post(path + "/translate", ["target_language": .string(target)])
            #expect(answer.status == 202)
            let id = try answer.string("job_id")
            let job = try await world.client.get("/api/v1/translations/\(id)").object()
            #expect(job["source_language"] == "en" && job["target_language"] == "es")
            let changed = try await world.client.patch(path, ["original_language": "DE"])
            #expect(try changed.object()["original_language"] == "de")
        }
    }

    @Test func unknownLanguageOfANoteIsMetWithTheNearest() async throws {
        try await WebWorld.with { world in
            let made = try await world.client.post(
                Self.path,
                ["title": "a", "original_text": "b", "original_language": "spanish"]
            )
            #expect(made.status == 422 && made.text.contains("Did you mean 'es'?"), "\(made.text)")
            let path = try #require(try await world.client.post(Self.path, Self.body).header("location"))
            let answer = try await world.client.post(path + "/translate", ["target_language": "spanish"])
            #expect(answer.status == 422 && answer.text.contains("Did you mean 'es'?"), "\(answer.text)")
        }
    }

    static let badBodies: [(JSONValue, Int)] = [
        ([:], 400), (["title": "a", "original_text": "b", "original_language": "en", "colour": "red"], 400),
        (["title": " ", "original_text": "b", "original_language": "en"], 422),
        (["title": "a", "original_text": "", "original_language": "en"], 422),
        (["title": "a", "original_text": "b", "original_language": "English, please"], 422),
        (["title": .string(String(repeating: "a", count: 201)), "original_text": "b", "original_language": "en"], 413),
    ]

    @Test(arguments: badBodies)
    func badNoteIsRefused(_ body: JSONValue, _ status: Int) async throws {
        try await WebWorld.with { world in
            let answer = try await world.client.post(Self.path, body)
            #expect(answer.status == status)
        }
    }

    @Test(arguments: [("xx", 422), ("en", 422), ("", 422)])
    func impossibleTargetIsRefused(_ language: String, _ status: Int) async throws {
        try await WebWorld.with { world in
            let path = try #require(try await world.client.post(Self.path, Self.body).header("location"))
            let answer = try await world.client.post(path + "/translate", ["target_language": .string(language)])
            #expect(answer.status == status)
        }
    }

    @Test func statisticsCountNotesAndJobs() async throws {
        try await WebWorld.with { world in
            _ = try await world.client.post(Self.path, Self.body)
            try await world.working {
                let id = try await world.submit("one two three")
                try await world.untilEnded(id)
            }
            let statistics = try await world.client.get("/api/v1/stats?days=7").object()
            #expect(statistics["notes"] == ["total": 1, "by_language": ["en": 1]])
            #expect(statistics["words"] == 3 && statistics["average_processing_time_ms"] == 5)
            #expect(statistics["within_service_level"] == .decimal(1) && statistics["cache_hit_rate"] == .null)
            let pair: JSONValue = [
                "source_language": "en", "target_language": "es", "status": "COMPLETED", "count": 1, "words": 3,
            ]
            #expect(statistics["translations"] == ["total": 1, "by_pair_and_status": [pair]])
            let day: JSONValue = ["date": "2026-11-21", "count": 1, "completed": 1, "failed": 0, "words": 3]
            #expect(statistics["per_day"] == [day])
        }
    }
}
