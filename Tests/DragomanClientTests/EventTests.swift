import DragomanClient
import Foundation
import NIOHTTP1
import NIOWebSocket
import Testing

/// Following jobs over WebSockets that work, break, or cannot be had.
struct EventTests {
    private static let path = "/ws/job/trans_1"

    @Test func eventsAreToldUntilTheJobHasEnded() async throws {
        let completed = Samples.event("COMPLETED", 100, #","completed_at":"2026-11-21T12:00:01Z""#)
        let steps: [SocketStep] = [
            .text(Samples.event("QUEUED", 0)), .ping("beat"), .text(Samples.event("PROCESSING", 50)),
            .text(Samples.event("PROCESSING", 50)),
            .fragments(String(completed.prefix(9)), String(completed.dropFirst(9))),
            .close(1000),
        ]
        try await ClientWorld.with(script: { _, _ in .socket(steps) }) { world in
            let events = try await all(world.client.events(of: "trans_1"))
            #expect(events.map(\.status) == [.queued, .processing, .completed])
            #expect(events.map(\.progress) == [0, 50, 100])
            #expect(events.last?.completedAt != nil)
            let request = try #require(world.server.requests.first)
            #expect(request.uri == Self.path)
            #expect(request.headers["Authorization"] == ["Bearer dgm_secret"])
            #expect(request.headers["Host"] == ["127.0.0.1:\(world.server.port)"])
            #expect(world.server.requests.count == 1)
            await world.server.see { if case .frame(.pong, "beat") = $0 { true } else { false } }
        }
    }

    @Test(arguments: [SocketStep.dropOnceRead, .close(1001), .close(1013), .close(4401), .garbage, .text("no JSON")])
    func lostSocketIsOpenedAgain(loss: SocketStep) async throws {
        try await ClientWorld.with(
            script: { request, number in
                switch (request.uri == Self.path, number) {
                case (false, _): .ok(Samples.job("PROCESSING", progress: 60))
                case (_, 1): .socket([.text(Samples.event("PROCESSING", 20)), loss])
                default: .socket([.text(Samples.event("FAILED", 80, #","error":{"code":"c","message":"m"}"#))])
                }
            }
        ) { world in
            let events = try await all(world.client.events(of: "trans_1"))
            #expect(events.map(\.progress) == [20, 60, 80])
            #expect(events.last?.error?.message == "m")
            #expect(world.server.requests.count == 3)
        }
    }

    @Test(arguments: [Reply.json(426, "{}"), .json(404, "{}"), .drop, .socket([.drop]), .socket([.close(4401)])])
    func withoutSocketsTheServerIsAsked(refusal: Reply) async throws {
        try await ClientWorld.with(
            { $0.maxRetries = 2 },
            script: { request, number in
                if request.uri == Self.path { return refusal }
                return .ok(number < 12 ? Samples.job("PROCESSING", progress: number / 6) : Samples.completed)
            }
        ) { world in
            let events = try await all(world.client.events(of: "trans_1"))
            #expect(events.last?.status == .completed)
            #expect(events.map(\.progress) == [0, 1, 100])
            #expect(world.server.requests.count { $0.uri == Self.path } == 3)
            #expect(world.waits.all.contains(.milliseconds(250)))
            #expect(world.waits.all.allSatisfy { $0 <= .seconds(2) })
        }
    }

    @Test func unknownJobIsThrown() async throws {
        try await ClientWorld.with(script: { _, _ in .socket([.close(4404)]) }) { world in
            #expect(await code { try await all(world.client.events(of: "trans_1")) } == .notFound)
            #expect(world.server.requests.count == 1)
        }
    }

    @Test func credentialThatIsGoodForNothingIsThrown() async throws {
        try await ClientWorld.with(
            script: { request, _ in
                request.uri == Self.path ? .socket([.close(4401)]) : .json(401, Samples.problem("no credential"))
            }
        ) { world in
            #expect(await code { try await all(world.client.events(of: "trans_1")) } == .unauthenticated)
            #expect(world.server.requests.count == 2)
        }
    }

    @Test func unknownJobIsThrownWhereThereAreNoSockets() async throws {
        try await ClientWorld.with(script: { _, _ in .json(404, Samples.problem("no job")) }) { world in
            #expect(await code { try await all(world.client.events(of: "trans_1")) } == .notFound)
        }
    }

    @Test func deadSocketIsNoticedByTheHeartbeat() async throws {
        try await ClientWorld.with(
            { $0.heartbeatInterval = .milliseconds(50) },
            script: { request, number in
                if number == 1 { return .socket([.deaf]) }
                return request.uri == Self.path
                    ? .socket([.text(Samples.event("COMPLETED", 100))]) : .ok(Samples.job("PROCESSING", progress: 5))
            }
        ) { world in
            let events = try await all(world.client.events(of: "trans_1"))
            #expect(events.map(\.progress) == [5, 100])
        }
    }

    @Test func idleSocketThatAnswersPingsIsKept() async throws {
        try await ClientWorld.with(
            { $0.heartbeatInterval = .milliseconds(400) },
            script: { _, _ in .socket([.text(Samples.event("QUEUED", 0))]) }
        ) { world in
            let reading = Task { await code { try await all(world.client.events(of: "trans_1")) } }
            for _ in 0..<3 { await world.server.see { if case .frame(.ping, _) = $0 { true } else { false } } }
            #expect(world.server.requests.count == 1)
            reading.cancel()
            #expect(await reading.value == .cancelled)
        }
    }

    @Test func leavingTheLoopClosesTheConnection() async throws {
        try await ClientWorld.with(script: { _, _ in .socket([.text(Samples.event("QUEUED", 0))]) }) { world in
            for try await event in world.client.events(of: "trans_1") where event.status == .queued { break }
            await world.server.see { if case .disconnected = $0 { true } else { false } }
        }
    }

    @Test func cancellingWhileListeningClosesTheConnectionAtOnce() async throws {
        try await ClientWorld.with(script: { _, _ in .socket([]) }) { world in
            let reading = Task { await code { try await all(world.client.events(of: "trans_1")) } }
            await world.server.see { if case .request = $0 { true } else { false } }
            reading.cancel()
            #expect(await reading.value == .cancelled)
            await world.server.see { if case .disconnected = $0 { true } else { false } }
        }
    }

    @Test func cancellingDuringTheHandshakeClosesTheConnectionAtOnce() async throws {
        try await ClientWorld.with(script: { _, _ in .stall }) { world in
            let reading = Task { await code { try await all(world.client.events(of: "trans_1")) } }
            await world.server.see { if case .request = $0 { true } else { false } }
            reading.cancel()
            #expect(await reading.value == .cancelled)
            await world.server.see { if case .disconnected = $0 { true } else { false } }
        }
    }

    @Test func handshakeThatStallsIsGivenUpInTime() async throws {
        try await ClientWorld.with(
            { $0.timeout = .milliseconds(200) },
            script: { request, _ in request.uri == Self.path ? .stall : .ok(Samples.completed) }
        ) { world in
            let events = try await all(world.client.events(of: "trans_1"))
            #expect(events.map(\.status) == [.completed])
        }
    }

    @Test func completionReturnsTheResult() async throws {
        try await ClientWorld.with(
            script: { request, _ in
                request.uri == Self.path ? .socket([.text(Samples.event("COMPLETED", 100))]) : .ok(Samples.completed)
            }
        ) { world in
            let job = try await world.client.waitForCompletion(of: "trans_1")
            #expect(job.result?.text == "Hola")
        }
    }

    @Test(arguments: [
        ("FAILED", DragomanClientError.Code.jobFailed), ("CANCELLED", .jobCancelled),
    ])
    func otherEndsAreThrown(status: String, expected: DragomanClientError.Code) async throws {
        let job = Samples.job(status, #","error":{"code":"model-missing","message":"There is no model."}"#)
        try await ClientWorld.with(script: { _, _ in .ok(job) }) { world in
            let error = await #expect(throws: DragomanClientError.self) {
                try await world.client.waitForCompletion(of: "trans_1")
            }
            #expect(error?.code == expected)
            #expect(error?.message.contains("There is no model.") == (status == "FAILED"))
        }
    }

    @Test func waitEndsWithItsLimitAndTheConnectionIsClosed() async throws {
        try await ClientWorld.with(script: { _, _ in .socket([.text(Samples.event("QUEUED", 0))]) }) { world in
            #expect(
                await code { try await world.client.waitForCompletion(of: "trans_1", upTo: .milliseconds(100)) }
                    == .timedOut
            )
            await world.server.see { if case .disconnected = $0 { true } else { false } }
        }
    }

    private func all(_ events: JobEvents) async throws -> [JobEvent] {
        try await events.reduce(into: []) { $0.append($1) }
    }
}
