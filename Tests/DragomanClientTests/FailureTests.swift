import DragomanClient
import Foundation
import NIOHTTP1
import Testing

/// Servers that drop, stall, refuse and talk nonsense.
struct FailureTests {
    @Test(arguments: [
        Reply.drop, .json(429, ""), .json(503, ""), .json(502, "<html>"), .json(504, ""),
    ])
    func passingFailureIsRepeatedAfterADelay(first: Reply) async throws {
        try await ClientWorld.with(script: { _, number in number == 1 ? first : .ok(Samples.translated) }) { world in
            let translation = try await world.client.translate("x", to: "es")
            #expect(translation.text == "Buenos días.")
            #expect(world.server.requests.count == 2)
            #expect(world.waits.all.count == 1)
            #expect(world.waits.all.allSatisfy { $0 > .milliseconds(999) && $0 <= .seconds(1) })
        }
    }

    @Test(arguments: [429, 503])
    func retryAfterIsHonoured(status: Int) async throws {
        let busy = Reply.json(status, "{}", headers: ["Retry-After": "7"])
        try await ClientWorld.with(script: { _, number in number < 3 ? busy : .ok(Samples.translated) }) { world in
            _ = try await world.client.translate("x", to: "es")
            #expect(world.waits.all == [.seconds(7), .seconds(7)])
        }
    }

    @Test func turnUnderALimitIsWaitedForAndIsNoRetry() async throws {
        let later = Reply.json(429, Samples.problem("limit"), headers: ["Retry-After": "6"])
        try await ClientWorld.with(script: { _, number in number < 8 ? later : .ok(Samples.translated) }) { world in
            _ = try await world.client.translate("x", to: "es")
            #expect(world.waits.all == Array(repeating: .seconds(6), count: 7))
        }
    }

    @Test func callThatWouldDoHarmTwiceIsSentAgainWhereItsTurnWasNotYet() async throws {
        let later = Reply.json(429, Samples.problem("limit"), headers: ["Retry-After": "6"])
        try await ClientWorld.with(script: { _, number in number == 1 ? later : .json(202, Samples.accepted) }) {
            world in
            let job = try await world.client.retry("j")
            #expect(job.status == .queued && world.waits.all == [.seconds(6)])
        }
    }

    @Test func nobodyWaitsForTheirTurnForEver() async throws {
        let later = Reply.json(429, Samples.problem("limit"), headers: ["Retry-After": "50"])
        try await ClientWorld.with({ $0.maxRetries = 1 }, script: { _, _ in later }) { world in
            #expect(await code { try await world.client.languages() } == .rateLimited)
            #expect(world.waits.all.reduce(.zero, +) <= .seconds(180))
        }
    }

    @Test func retryAfterOfAnHourEndsTheCallAndIsTold() async throws {
        let busy = Reply.json(429, Samples.problem("quota"), headers: ["Retry-After": "3600"])
        try await ClientWorld.with(script: { _, _ in busy }) { world in
            let error = await #expect(throws: DragomanClientError.self) {
                try await world.client.translate("x", to: "es")
            }
            #expect(error?.code == .rateLimited)
            #expect(error?.retryAfter == .seconds(3600))
            #expect(world.server.requests.count == 1)
        }
    }

    @Test(arguments: ["", "-1", "soon", "99999999999999999999", "Wed, 21 Oct 2026 07:28:00 GMT"])
    func strangeRetryAfterIsIgnored(text: String) async throws {
        let busy = Reply.json(503, "{}", headers: ["Retry-After": text])
        try await ClientWorld.with(script: { _, number in number == 1 ? busy : .ok(Samples.translated) }) { world in
            _ = try await world.client.translate("x", to: "es")
            #expect(world.waits.all.allSatisfy { $0 <= .seconds(1) })
        }
    }

    @Test func delaysDoubleUpToHalfAMinute() async throws {
        try await ClientWorld.with({ $0.maxRetries = 8 }, script: { _, _ in .drop }) { world in
            #expect(await code { try await world.client.languages() } == .unreachable)
            let seconds = world.waits.all.map { ($0 / .seconds(1)).rounded() }
            #expect(seconds == [1, 2, 4, 8, 16, 30, 30, 30])
            #expect(world.server.requests.count == 9)
        }
    }

    @Test(arguments: [(Reply.drop, DragomanClientError.Code.unreachable), (.json(503, ""), .overloaded)])
    func withoutRetriesTheFirstFailureIsThrown(reply: Reply, expected: DragomanClientError.Code) async throws {
        try await ClientWorld.with({ $0.maxRetries = 0 }, script: { _, _ in reply }) { world in
            #expect(await code { try await world.client.languages() } == expected)
            #expect(world.server.requests.count == 1)
        }
    }

    @Test(arguments: [Reply.drop, .json(503, ""), .json(429, "")])
    func callThatWouldDoHarmTwiceIsNotRepeated(reply: Reply) async throws {
        try await ClientWorld.with(script: { _, _ in reply }) { world in
            #expect(await code { try await world.client.createNote(title: "t", text: "x", language: "en") } != nil)
            #expect(await code { try await world.client.retry("j") } != nil)
            #expect(world.server.requests.count == 2)
            #expect(world.waits.all.isEmpty)
        }
    }

    @Test func repeatedSubmissionKeepsItsKeyAndAnotherHasAnother() async throws {
        try await ScriptedServer.with({ _, number in number < 3 ? .drop : .json(202, Samples.accepted) }) { server in
            let configuration = DragomanClient.Configuration(baseURL: server.url, retryDelay: .milliseconds(1))
            try await DragomanClient.withClient(configuration) { client in
                for _ in 0..<2 { _ = try await client.submit(TranslationRequest("x", to: "es")) }
            }
            let keys = server.requests.map { $0.headers["Idempotency-Key"] }
            #expect(keys.count == 4)
            #expect(Set(keys).count == 2)
            #expect(Set(keys.prefix(3)).count == 1)
            #expect(keys.allSatisfy { $0.count == 1 && $0[0].count == 32 })
            #expect(server.requests.allSatisfy { !$0.headers.contains(name: "Authorization") })
        }
    }

    @Test(arguments: [
        (400, DragomanClientError.Code.invalidRequest), (401, .unauthenticated), (403, .forbidden), (404, .notFound),
        (408, .timedOut), (409, .conflict), (413, .tooLarge), (415, .invalidRequest), (422, .impossible),
        (500, .serverFailed), (507, .overloaded), (302, .unexpected),
    ])
    func refusalIsThrownAtOnceWithTheServersWords(status: Int, expected: DragomanClientError.Code) async throws {
        let refusal = Reply.json(status, Samples.problem("words"), headers: ["Location": "http://127.0.0.1:1/"])
        try await ClientWorld.with(script: { _, _ in refusal }) { world in
            let error = await #expect(throws: DragomanClientError.self) { try await world.client.languages() }
            #expect(error?.code == expected)
            #expect(error?.message == "words")
            #expect(error?.fields.map(\.message) == ["is empty"])
            #expect(error?.status == status)
            #expect(world.server.requests.count == 1)
        }
    }

    @Test(arguments: ["", "<html>", "[]", #"{"languages":7}"#, #"{"languages":[{"code":"x"}]}"#, "\u{0}"])
    func answerOfAnotherFormIsUnexpected(body: String) async throws {
        try await ClientWorld.with(script: { _, _ in .ok(body) }) { world in
            #expect(await code { try await world.client.languages() } == .unexpected)
        }
    }

    @Test(arguments: ["[0]", "[2,1]", "[-1,1]", "[0,1,2]"])
    func segmentWithAnImpossibleRangeIsUnexpected(range: String) async throws {
        let answer = """
            {"translated_text":"a","word_count":1,"confidence_score":1,
            "segments":[{"source":\(range),"target":[0,1],"confidence":1,"cached":false}]}
            """
        try await ClientWorld.with(script: { _, _ in .ok(answer) }) { world in
            #expect(await code { try await world.client.translate("x", to: "es") } == .unexpected)
        }
    }

    @Test(arguments: [Reply.stall, .stallInBody])
    func serverThatStallsIsGivenUpInTime(reply: Reply) async throws {
        try await ClientWorld.with(
            {
                $0.timeout = .milliseconds(500)
                $0.maxRetries = 1
            },
            script: { _, _ in reply }
        ) { world in
            #expect(await code { try await world.client.languages() } == .timedOut)
            #expect(world.waits.all.count == 1)
        }
    }

    @Test(arguments: [Reply.stall, .stallInBody])
    func cancelledCallEndsAtOnceAndClosesItsConnection(reply: Reply) async throws {
        try await ClientWorld.with(script: { _, _ in reply }) { world in
            let call = Task { await code { try await world.client.languages() } }
            await world.server.see { if case .request = $0 { true } else { false } }
            call.cancel()
            #expect(await call.value == .cancelled)
            await world.server.see { if case .disconnected = $0 { true } else { false } }
        }
    }

    @Test func closedClientRefusesCalls() async throws {
        try await ClientWorld.with(script: { _, _ in .ok("{}") }) { world in
            try await world.client.shutdown()
            try await world.client.shutdown()
            #expect(await code { try await world.client.languages() } == .cancelled)
        }
    }

    @Test func nobodyListeningIsUnreachable() async throws {
        let port = try await ScriptedServer.with({ _, _ in .drop }) { $0.port }
        let url = ScriptedServer.url(port)
        try await DragomanClient.withClient(.init(baseURL: url, maxRetries: 0)) { client in
            #expect(await code { try await client.languages() } == .unreachable)
        }
    }

    @Test(arguments: [
        "ftp://example.org", "http://", "/relative", "http://user:password@example.org", "http://example.org/?a=b",
    ])
    func impossibleBaseURLIsRefused(text: String) async throws {
        let url = try #require(URL(string: text))
        #expect(await code { try DragomanClient(.init(baseURL: url)) } == .invalidRequest)
    }

    @Test func impossibleConfigurationIsRefused() async throws {
        typealias Change = (inout DragomanClient.Configuration) -> Void
        let changes: [Change] = [
            { $0.maxRetries = -1 }, { $0.retryDelay = .seconds(-1) }, { $0.timeout = .zero },
            { $0.heartbeatInterval = .zero }, { $0.credential = .init("a\r\nb") }, { $0.credential = .init("") },
        ]
        for change in changes {
            var configuration = DragomanClient.Configuration(baseURL: ScriptedServer.url(80))
            change(&configuration)
            #expect(await code { try DragomanClient(configuration) } == .invalidRequest)
        }
    }

    @Test(arguments: ["", "two words", "a\r\nX: y", String(repeating: "k", count: 256)])
    func impossibleIdempotencyKeyIsRefused(key: String) async throws {
        try await ClientWorld.with(script: { _, _ in .json(202, Samples.accepted) }) { world in
            let request = TranslationRequest("x", to: "es")
            #expect(await code { try await world.client.submit(request, idempotencyKey: key) } == .invalidRequest)
            #expect(world.server.requests.isEmpty)
        }
    }
}
