import DragomanClient
import Foundation
import NIOHTTP1
import Testing

/// What is sent for each call, and what becomes of the answer.
struct CallTests {
    @Test func translateSendsTheTextWithTheCredentialAndReadsTheAnswer() async throws {
        try await ClientWorld.with(script: { _, _ in .ok(Samples.translated) }) { world in
            let translation = try await world.client.translate("Good morning.", to: "es")
            #expect(translation.text == "Buenos días.")
            #expect(translation.texts == ["Buenos días."])
            #expect(translation.wordCount == 2)
            #expect(translation.processingTime == .milliseconds(12))
            #expect(translation.confidence == 0.75)
            #expect(translation.detectedLanguage == "en")
            #expect(translation.cachedSegments == 1)
            let request = try #require(world.server.requests.first)
            #expect(request.method == .POST)
            #expect(request.uri == "/api/v1/translate")
            #expect(request.headers.first(name: "Authorization") == "Bearer dgm_secret")
            #expect(request.headers.first(name: "Content-Type") == "application/json")
            let body = try JSONDecoder().decode(JSONValue.self, from: Data(request.body.utf8))
            #expect(body == ["text": "Good morning.", "source_language": "auto", "target_language": "es"])
        }
    }

    @Test func listOfTextsStaysAListEvenOfOne() async throws {
        let answer = """
            {"translated_text":["a","b"],"word_count":2,"confidence_score":1,"cached_segments":0,
            "segments":[[{"source":[0,1],"target":[0,2],"confidence":0.5,"cached":true}],[]]}
            """
        try await ClientWorld.with(script: { _, _ in .ok(answer) }) { world in
            let request = TranslationRequest(["x"], from: "en", to: "es")
            let translation = try await world.client.translate(request, includingSegments: true)
            #expect(translation.texts == ["a", "b"])
            #expect(translation.segments?.map(\.count) == [1, 0])
            #expect(translation.segments?.first?.first?.target == 0..<2)
            #expect(translation.segments?.first?.first?.isCached == true)
            #expect(world.server.requests.first?.uri == "/api/v1/translate?include=segments")
            #expect(world.server.requests.first?.body.contains(#""text":["x"]"#) == true)
        }
    }

    @Test func submitSendsEveryOption() async throws {
        try await ClientWorld.with(script: { _, _ in .json(202, Samples.accepted) }) { world in
            var request = TranslationRequest("<b>x</b>", from: "en", to: "es")
            request.format = .html
            request.alternatives = 2
            request.priority = .high
            request.metadata = ["order": 7, "tags": ["a", nil, true]]
            request.webhookURL = "https://example.org/hook"
            let job = try await world.client.submit(request, idempotencyKey: "key-1")
            #expect(job.id == "trans_1")
            #expect(job.status == .queued)
            #expect(job.positionInQueue == 5)
            #expect(job.estimatedCompletion?.timeIntervalSince1970 == 1_795_262_400.25)
            let sent = try #require(world.server.requests.first)
            #expect(sent.headers["Idempotency-Key"] == ["key-1"])
            let body = try JSONDecoder().decode(JSONValue.self, from: Data(sent.body.utf8))
            #expect(
                body == [
                    "text": "<b>x</b>", "source_language": "en", "target_language": "es", "format": "html",
                    "alternatives": 2, "priority": "HIGH", "metadata": ["order": 7, "tags": ["a", nil, true]],
                    "webhook_url": "https://example.org/hook",
                ]
            )
        }
    }

    @Test func jobIsReadWithEverythingItHas() async throws {
        let answer = Samples.job("FAILED", #","error":{"code":"x","message":"y"},"metadata":{"a_b":{"c_d":[1]}}"#)
        try await ClientWorld.with(script: { _, _ in .ok(answer) }) { world in
            let job = try await world.client.status(of: "trans_1")
            #expect(job.status == .failed)
            #expect(job.status.hasEnded)
            #expect(job.error?.code == "x")
            #expect(job.metadata == ["a_b": ["c_d": [1]]])
            #expect(job.result == nil)
        }
    }

    @Test(arguments: [
        ("../admin", "..%2Fadmin"), ("..", "%2E%2E"), ("a b?c#d%", "a%20b%3Fc%23d%25"), ("é\n", "%C3%A9%0A"),
    ])
    func idIsNeverMoreThanAnId(id: String, encoded: String) async throws {
        try await ClientWorld.with(script: { _, _ in .ok(Samples.job("QUEUED")) }) { world in
            _ = try await world.client.status(of: id)
            #expect(world.server.requests.first?.uri == "/api/v1/translations/\(encoded)")
        }
    }

    @Test func listsArePaged() async throws {
        let page = #"{"items":[\#(Samples.job("QUEUED"))],"next_cursor":"c2"}"#
        try await ClientWorld.with(script: { _, _ in .ok(page) }) { world in
            let jobs = try await world.client.jobs(status: .queued, limit: 1, cursor: "c&1")
            #expect(jobs.items.map(\.id) == ["trans_1"])
            #expect(jobs.nextCursor == "c2")
            #expect(world.server.requests.first?.uri == "/api/v1/translations?limit=1&status=QUEUED&cursor=c%261")
        }
    }

    @Test func languagesAndDetection() async throws {
        try await ClientWorld.with(
            script: { request, _ in
                request.uri == "/api/v1/detect"
                    ? .ok(#"{"candidates":[{"language":"es","confidence":0.9}]}"#)
                    : .ok(#"{"languages":[{"code":"hi","name":"Hindi","native_name":"हिन्दी","targets":["en"]}]}"#)
            }
        ) { world in
            let candidates = try await world.client.detect("Hola")
            #expect(candidates.map(\.language) == ["es"])
            let languages = try await world.client.languages()
            #expect(languages.first?.nativeName == "हिन्दी")
        }
    }

    @Test func cancelRetryAndEraseUseTheirMethods() async throws {
        try await ClientWorld.with(
            script: { request, number in
                switch number {
                case 1: .ok(Samples.job("CANCELLED"))
                case 2: .json(202, Samples.accepted)
                default: .json(204, "")
                }
            }
        ) { world in
            #expect(try await world.client.cancel("j").status == .cancelled)
            #expect(try await world.client.retry("j").status == .queued)
            try await world.client.erase("j")
            let sent = world.server.requests.map { "\($0.method) \($0.uri)" }
            let path = "/api/v1/translations/j"
            #expect(sent == ["DELETE \(path)", "POST \(path)/retry", "DELETE \(path)?purge=true"])
        }
    }

    @Test(arguments: [("CANCELLED", true), ("COMPLETED", false)])
    func cancellingAnEndedJobSucceedsIfItIsCancelled(status: String, succeeds: Bool) async throws {
        try await ClientWorld.with(
            script: { request, _ in
                request.method == .DELETE ? .json(409, Samples.problem("ended")) : .ok(Samples.job(status))
            }
        ) { world in
            let code = await code { try await world.client.cancel("j") }
            #expect(code == (succeeds ? nil : .conflict))
        }
    }

    @Test func notesAreKeptChangedAndTranslated() async throws {
        let note = """
            {"id":"n1","title":"t","original_text":"x","original_language":"en","translated_text":null,
            "translated_language":null,"translations":{"es":{"text":"y","job_id":"j",
            "updated_at":"2026-11-21T12:00:00Z","stale":true}},"created_at":"2026-11-21T12:00:00Z","updated_at":"2026-11-21T12:00:00.5Z","revision":3}
            """
        try await ClientWorld.with(
            script: { request, _ in
                if request.uri.hasSuffix("/translate") {
                    return .json(202, #"{"status":"Translation in progress","job_id":"j2"}"#)
                }
                if request.method == .DELETE { return .json(204, "") }
                return request.uri.contains("?") ? .ok(#"{"items":[\#(note)],"next_cursor":null}"#) : .ok(note)
            }
        ) { world in
            let client = world.client
            #expect(try await client.createNote(title: "t", text: "x", language: "en").revision == 3)
            #expect(try await client.note("n1").translations["es"]?.isStale == true)
            #expect(try await client.notes().items.count == 1)
            _ = try await client.updateNote("n1", title: "new", ifAt: 3)
            #expect(world.server.requests.last?.headers["If-Match"] == ["\"3\""])
            #expect(world.server.requests.last?.body == #"{"title":"new"}"#)
            #expect(try await client.translateNote("n1", to: "es") == "j2")
            try await client.deleteNote("n1")
        }
    }

    @Test func credentialStaysOutOfDescriptions() {
        let configuration = DragomanClient.Configuration(
            baseURL: URL(filePath: "/"),
            credential: .init("dgm_secret")
        )
        var dumped = ""
        dump(configuration, to: &dumped)
        #expect(!dumped.contains("dgm_secret"))
        #expect(!"\(configuration)".contains("dgm_secret"))
    }
}

/// The code of what a call throws; `nil` if it succeeds.
func code<T>(_ call: () async throws -> T) async -> DragomanClientError.Code? {
    do {
        _ = try await call()
        return nil
    } catch let error as DragomanClientError {
        return error.code
    } catch {
        Issue.record("Expected a DragomanClientError, got \(error)")
        return nil
    }
}
