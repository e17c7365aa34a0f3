import Contracts
import NIOHTTP1
import Testing
import WebServer

struct TranslationRouteTests {
    private static let path = "/api/v1/translations"

    @Test func submittedTextIsAcceptedWithItsPlaceInTheQueue() async throws {
        try await WebWorld.with { world in
            let first = try await world.client.post(Self.path, WebWorld.body())
            #expect(first.status == 202)
            let id = try first.string("job_id")
            #expect(first.header("location") == "\(Self.path)/\(id)")
            #expect(try first.object()["status"] == "QUEUED" && first.object()["position_in_queue"] == 1)
            world.time.advance(by: .seconds(1))
            let second = try await world.client.post(Self.path, WebWorld.body())
            #expect(try second.object()["position_in_queue"] == 2)
            #expect(try second.string("estimated_completion").hasPrefix("2026-11-21T00:00:01."))
        }
    }

    @Test func completedJobHasItsResult() async throws {
        try await WebWorld.with { world in
            try await world.working {
                let id = try await world.submit("hello world")
                try await world.untilEnded(id)
                let job = try await world.client.get("\(Self.path)/\(id)").object()
                #expect(job["status"] == "COMPLETED" && job["progress"] == 100 && job["attempt"] == 1)
                #expect(job["created_at"] == "2026-11-21T00:00:00.000000Z")
                #expect(job["completed_at"] == "2026-11-21T00:00:00.005000Z")
                let result = try #require(job.object("result"))
                #expect(result["translated_text"] == "[es] world hello")
                #expect(result["word_count"] == 2 && result["processing_time_ms"] == 5)
                #expect(result["confidence_score"] == .decimal(0.5) && result["segments"] == nil)
            }
        }
    }

    @Test func listOfTextsBecomesListOfTranslations() async throws {
        try await WebWorld.with { world in
            try await world.working {
                let body: JSONValue = [
                    "text": ["one", "two words"], "source_language": "en", "target_language": "de", "alternatives": 1,
                ]
                let id = try await world.client.post(Self.path, body).string("job_id")
                try await world.untilEnded(id)
                let job = try await world.client.get("\(Self.path)/\(id)/?include=segments").object()
                let result = try #require(job.object("result"))
                #expect(result["translated_text"] == ["[de] one", "[de] words two"])
                let segment: JSONValue = [
                    "source": [0, 9], "target": [0, 14], "confidence": .decimal(0.5), "cached": false,
                    "alternatives": ["[de 2] words two"],
                ]
                guard case .array(let texts) = result["segments"] else { throw TestClientError.noAnswer }
                #expect(texts.count == 2 && texts.last == [segment])
            }
        }
    }

    @Test func unknownSourceLanguageIsRecognised() async throws {
        try await WebWorld.with { world in
            try await world.working {
                let body: JSONValue = [
                    "text": "Guten Morgen, wie geht es Ihnen heute?", "source_language": "auto",
                    "target_language": "en",
                ]
                let id = try await world.client.post(Self.path, body).string("job_id")
                try await world.untilEnded(id)
                let job = try await world.client.get("\(Self.path)/\(id)").object()
                #expect(job["source_language"] == "de")
                #expect(job.object("result")?["detected_language"] == "de")
            }
        }
    }

    @Test func failedJobSaysWhyAndCanBeTriedAgain() async throws {
        try await WebWorld.with { world in
            try await world.working {
                let id = try await world.submit("never mind")
                try await world.untilEnded(id)
                let job = try await world.client.get("\(Self.path)/\(id)").object()
                #expect(job["status"] == "FAILED" && job["result"] == nil)
                #expect(job["error"] == ["code": "impossible", "message": "This can never work."])
            }
            let id = try await world.client.get(Self.path).items().first?["job_id"]
            guard case .string(let id) = id else { throw TestClientError.noAnswer }
            let again = try await world.client.send(.POST, "\(Self.path)/\(id)/retry")
            #expect(again.status == 202)
            #expect(try again.object()["status"] == "QUEUED")
            #expect(try await world.client.send(.POST, "\(Self.path)/\(id)/retry").status == 409)
        }
    }

    @Test func metadataIsGivenBackAsItWasSent() async throws {
        try await WebWorld.with { world in
            let metadata: JSONValue = ["b": 1, "a": ["x": [true, .null, .number("1.50")]], "": "é\u{0}\n"]
            var body = JSONObject([("metadata", metadata), ("text", "hello")])
            body["source_language"] = "en"
            body["target_language"] = "es"
            let id = try await world.client.post(Self.path, .object(body)).string("job_id")
            #expect(try await world.client.get("\(Self.path)/\(id)").object()["metadata"] == metadata)
        }
    }

    @Test func repeatedRequestWithTheSameKeyReturnsTheSameJob() async throws {
        try await WebWorld.with(.accounts) { world in
            let ada = try await world.signedIn("ada").client
            let headers: HTTPHeaders = ["Idempotency-Key": "k-1"]
            let first = try await ada.post(Self.path, WebWorld.body(), headers)
            let second = try await ada.post(Self.path, WebWorld.body(), headers)
            #expect(first.status == 202 && second.status == 202)
            #expect(try first.string("job_id") == second.string("job_id"))
            let other = try await ada.post(Self.path, WebWorld.body("other"), headers)
            #expect(other.status == 409)
            #expect(try other.string("type") == "urn:dragoman:problem:idempotency-key-reused")
            // Charged once.
            #expect(try await ada.get("/api/v1/usage").object()["characters"] == 5)
        }
    }

    @Test func clientThatPrefersToWaitGetsTheFinishedJob() async throws {
        try await WebWorld.with { world in
            try await world.working {
                let answer = try await world.client.post(Self.path, WebWorld.body(), ["Prefer": "wait=10"])
                #expect(answer.status == 200 && answer.header("preference-applied") == "wait=10")
                #expect(try answer.object()["status"] == "COMPLETED")
            }
        }
    }

    @Test func clientThatWaitsTooLongGetsTheJobUnfinished() async throws {
        try await WebWorld.with { world in
            let late = try await world.passing(inStepsOf: .seconds(10)) {
                try await world.client.post(Self.path, WebWorld.body(), ["Prefer": "respond-async, wait=10"])
            }
            #expect(late.status == 202)
        }
    }

    @Test func jobsAreListedNewestFirstAndPageByPage() async throws {
        try await WebWorld.with { world in
            var ids: [String] = []
            for _ in 0..<5 {
                ids.insert(try await world.submit(), at: 0)
                world.time.advance(by: .seconds(1))
            }
            _ = try await world.client.delete("\(Self.path)/\(ids[2])")
            var found: [String] = []
            var cursor = ""
            repeat {
                let page = try await world.client.get("\(Self.path)?limit=2\(cursor)")
                found += try page.items().compactMap { if case .string(let id) = $0["job_id"] { id } else { nil } }
                guard case .string(let next) = try page.object()["next_cursor"] else { break }
                cursor = "&cursor=\(next)"
            } while true
            #expect(found == ids)
            let cancelled = try await world.client.get("\(Self.path)?status=CANCELLED").items()
            #expect(cancelled.map { $0["job_id"] } == [.string(ids[2])])
        }
    }

    @Test func waitingJobIsCancelledOnceAndThenErased() async throws {
        try await WebWorld.with { world in
            let id = try await world.submit()
            #expect(try await world.client.delete("\(Self.path)/\(id)?purge=true").status == 409)
            let cancelled = try await world.client.delete("\(Self.path)/\(id)")
            #expect(cancelled.status == 200)
            #expect(try cancelled.object()["status"] == "CANCELLED")
            #expect(try await world.client.delete("\(Self.path)/\(id)").status == 409)
            #expect(try await world.client.delete("\(Self.path)/\(id)?purge=true").status == 204)
            #expect(try await world.client.get("\(Self.path)/\(id)").status == 404)
        }
    }

    @Test func deliveriesToTheWebhookAreListed() async throws {
        try await WebWorld.with { world in
            var body = JSONObject([("text", "hi"), ("source_language", "en"), ("target_language", "es")])
            body["webhook_url"] = "https://example.org/hook?x=1"
            let id = try await world.client.post(Self.path, .object(body)).string("job_id")
            let delivery = try await world.client.get("\(Self.path)/\(id)/webhooks").items().first
            #expect(delivery?["id"] == .string("local \(id)") && delivery?["state"] == "pending")
        }
    }

    @Test func freeTierHasOnePriority() async throws {
        try await WebWorld.with(.accounts) { world in
            let free = try await world.signedIn("free", tier: "free").client
            let premium = try await world.signedIn("premium").client
            var body = JSONObject([("text", "hi"), ("source_language", "en"), ("target_language", "es")])
            body["priority"] = "CRITICAL"
            #expect(try await free.post(Self.path, .object(body)).status == 403)
            let answer = try await premium.post(Self.path, .object(body))
            #expect(answer.status == 202)
            let job = try await premium.get("\(Self.path)/\(try answer.string("job_id"))").object()
            #expect(job["priority"] == "CRITICAL")
        }
    }

    @Test func fullQueueRefusesAtOnceAndSaysWhenToComeBack() async throws {
        var options = WebWorld.Options()
        options.maximumWaiting = 1
        try await WebWorld.with(options) { world in
            _ = try await world.submit()
            let begin = ContinuousClock.now
            let answer = try await world.client.post(Self.path, WebWorld.body())
            #expect(answer.status == 503 && answer.header("retry-after") == "5")
            // A few milliseconds; the rest is for machines that do much else.
            #expect(ContinuousClock.now - begin < .seconds(15))
            #expect(try await world.client.get("/health").status == 200)
        }
    }

    @Test func webhookThatCanNeverBeCalledIsRefusedAtOnce() async throws {
        try await WebWorld.with { world in
            var body = JSONObject([("text", "hi"), ("source_language", "en"), ("target_language", "es")])
            body["webhook_url"] = "https://nobody.invalid/hook"
            let answer = try await world.client.post(Self.path, .object(body))
            #expect(answer.status == 422)
            #expect(try answer.string("detail").contains("Nobody is there."))
            body["webhook_url"] = "https://somebody.example.org/hook"
            #expect(try await world.client.post(Self.path, .object(body)).status == 202)
        }
    }

    @Test func fullDiskRefusesJobsAndGoesOnReading() async throws {
        try await WebWorld.with { world in
            let id = try await world.submit()
            world.database.condition = .full
            let answer = try await world.client.post(Self.path, WebWorld.body())
            #expect(answer.status == 507 && answer.header("retry-after") == "60")
            #expect(try await world.client.get("\(Self.path)/\(id)").status == 200)
            world.database.condition = .working
            #expect(try await world.client.post(Self.path, WebWorld.body()).status == 202)
        }
    }

    /// A body's members that are wrong, the answer's status, and the fields it complains about.
    static let badBodies: [(JSONValue, Int, [String])] = [
        (["source_language": "en", "target_language": "es"], 400, ["text"]),
        (
            ["text": 7, "source_language": 1, "target_language": .null], 400,
            ["text", "source_language", "target_language"]
        ),
        (["text": ["a", 1], "source_language": "en", "target_language": "es"], 400, ["text[1]"]),
        (
            ["text": "a", "source_langauge": "en", "target_language": "es"], 400,
            ["source_language", "source_langauge"]
        ),
        (["text": "a", "source_language": "en", "target_language": "es", "priority": "URGENT"], 400, ["priority"]),
        (["text": "a", "source_language": "en", "target_language": "es", "alternatives": 99], 400, ["alternatives"]),
        (["text": "a", "source_language": "en", "target_language": "es", "metadata": []], 400, ["metadata"]),
        (
            ["text": "a", "source_language": "en", "target_language": "es", "webhook_url": "file:///etc/passwd"],
            400, ["webhook_url"]
        ),
        (["text": "", "source_language": "en", "target_language": "es"], 422, ["text"]),
        (["text": [], "source_language": "en", "target_language": "es"], 422, ["text"]),
        (["text": "a\u{0}", "source_language": "en", "target_language": "es"], 422, ["text"]),
        (["text": "a", "source_language": "en", "target_language": "xx"], 422, []),
        (["text": "a", "source_language": "en", "target_language": "en"], 422, []),
    ]

    @Test(arguments: badBodies)
    func badBodyIsRefusedWithAllThatIsWrong(_ body: JSONValue, _ status: Int, _ fields: [String]) async throws {
        try await WebWorld.with { world in
            let answer = try await world.client.post(Self.path, body)
            #expect(answer.status == status)
            #expect(answer.header("content-type") == "application/problem+json")
            #expect(try answer.complaints() == fields)
            #expect(try answer.object()["status"] == .integer(status))
        }
    }

    @Test func misspeltNamesGetASuggestion() async throws {
        try await WebWorld.with { world in
            let field = try await world.client.post(Self.path, ["texts": "a"])
            #expect(field.text.contains("Did you mean 'text'?"))
            let body: JSONValue = ["text": "a", "source_language": "en", "target_language": "esp"]
            #expect(try await world.client.post(Self.path, body).text.contains("Did you mean 'es'?"))
            #expect(try await world.client.get(Self.path + "?limt=3").text.contains("Did you mean 'limit'?"))
        }
    }

    @Test(arguments: ["limit=0", "limit=201", "limit=x", "status=DONE", "cursor=x", "cursor=%ff", "x=1"])
    func badQueryIsRefused(_ query: String) async throws {
        try await WebWorld.with { world in
            let answer = try await world.client.get("\(Self.path)?\(query)")
            #expect(answer.status == 400)
        }
    }
}

extension JSONObject {
    /// A member that is an object.
    func object(_ name: String) -> JSONObject? {
        if case .object(let object) = self[name] { object } else { nil }
    }
}
