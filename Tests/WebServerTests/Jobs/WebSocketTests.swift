import Contracts
import NIOHTTP1
import NIOWebSocket
import Testing
import WebServer

struct WebSocketTests {
    @Test func socketTellsEveryChangeAndClosesNormally() async throws {
        try await WebWorld.with { world in
            let id = try await world.submit("hold on")
            try await open(world.client, id) { socket in
                #expect(try await socket.nextText()["status"] == "QUEUED")
                try await world.working {
                    let running = try await socket.nextText()
                    #expect(running["status"] == "PROCESSING" && running["job_id"] == .string(id))
                    world.handler.release()
                    let (texts, end) = await socket.rest()
                    #expect(texts.last?.contains(#""status":"COMPLETED","progress":100,"completed_at""#) == true)
                    #expect(Set(texts).count == texts.count)
                    #expect(end == .close(1000))
                }
            }
        }
    }

    @Test func endedJobIsToldOnce() async throws {
        try await WebWorld.with { world in
            let id = try await world.submit()
            _ = try await world.client.delete("/api/v1/translations/\(id)")
            try await open(world.client, id) { socket in
                let (texts, end) = await socket.rest()
                #expect(texts.count == 1 && end == .close(1000))
            }
        }
    }

    @Test func closeCodesSayWhatIsMissing() async throws {
        try await WebWorld.with(.accounts) { world in
            let ada = try await world.signedIn("ada").client
            let eve = try await world.signedIn("eve").client
            let id = try await world.submit(as: ada)
            let cases: [(TestClient, String, Int)] = [
                (world.client, id, 4401), (world.client.with(token: "nonsense"), id, 4401), (eve, id, 4404),
                (ada, "trans_20261121_0000000000000000", 4404), (ada, "nonsense", 4404),
            ]
            for (client, id, code) in cases {
                try await open(client, id) { socket in
                    let (texts, end) = await socket.rest()
                    #expect(texts.isEmpty && end == .close(code), "\(id) \(code)")
                }
            }
        }
    }

    @Test func ticketOpensOneSocket() async throws {
        try await WebWorld.with(.accounts) { world in
            let ada = try await world.signedIn("ada").client
            let id = try await world.submit(as: ada)
            let issued = try await ada.send(.POST, "/api/v1/tickets")
            #expect(issued.status == 201)
            #expect(try issued.object()["expires_in"] == 30)
            let path = "\(id)?ticket=\(try issued.string("ticket"))"
            try await open(world.client, path) { socket in
                let first = try await socket.nextText()
                #expect(first["status"] == "QUEUED")
            }
            try await open(world.client, path) { socket in #expect(await socket.rest().end == .close(4401)) }
            let late = try await ada.send(.POST, "/api/v1/tickets").string("ticket")
            world.time.advance(by: .seconds(31))
            try await open(world.client, "\(id)?ticket=\(late)") { socket in
                #expect(await socket.rest().end == .close(4401))
            }
        }
    }

    @Test func pagesOfOtherSitesAreRefused() async throws {
        var options = WebWorld.Options.accounts
        options.configuration.allowedOrigins = ["https://app.example.org"]
        try await WebWorld.with(options) { world in
            let ada = try await world.signedIn("ada").client
            let id = try await world.submit(as: ada)
            let own = "http://127.0.0.1:\(world.client.port)"
            for (origin, isWelcome) in [
                (own, true), ("https://app.example.org", true), ("https://evil.example", false),
            ] {
                let isOpen = try await TestWebSocket.with(ada, "/ws/job/\(id)", ["Origin": origin]) { socket in
                    try await socket.nextText()["status"] == "QUEUED"
                }
                #expect(isOpen == (isWelcome ? true : nil), "\(origin)")
            }
        }
    }

    @Test func requestWithoutUpgradeIsTold() async throws {
        try await WebWorld.with { world in
            let answer = try await world.client.get("/ws/job/x")
            #expect(answer.status == 426 && answer.header("upgrade") == "websocket")
        }
    }

    @Test func refusedUpgradeIsAnsweredByTheRouter() async throws {
        try await WebWorld.with { world in
            try await RawConnection.with(world.client.port) { connection in
                try await connection.send(
                    """
                    GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                    Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n
                    """
                )
                let answer = await connection.readToEnd()
                #expect(answer.hasPrefix("HTTP/1.1 200") && answer.contains("\"status\":\"ok\""))
            }
        }
    }

    @Test func pingsAreAnswered() async throws {
        try await WebWorld.with { world in
            let id = try await world.submit()
            try await open(world.client, id) { socket in
                _ = try await socket.nextText()
                try await socket.send(.ping, "hello")
                #expect(await socket.next() == .pong("hello"))
            }
        }
    }

    @Test func silentClientIsPingedAndThenCutOff() async throws {
        var options = WebWorld.Options()
        options.configuration.webSockets.pingInterval = .milliseconds(100)
        options.configuration.webSockets.silence = .seconds(8)
        try await WebWorld.with(options) { world in
            let id = try await world.submit()
            try await open(world.client, id) { socket in
                _ = try await socket.nextText()
                #expect(await socket.next() == .ping)
                #expect(await socket.rest().end == .lost)
            }
        }
    }

    @Test func unmaskedAndOversizedFramesEndTheConnection() async throws {
        try await WebWorld.with { world in
            let id = try await world.submit()
            try await open(world.client, id) { socket in
                _ = try await socket.nextText()
                try await socket.send(.text, "hello", isMasked: false)
                #expect(await socket.rest().end == .close(1002))
            }
            try await open(world.client, id) { socket in
                _ = try await socket.nextText()
                try await socket.send(.text, String(repeating: "x", count: 5000))
                #expect(await socket.rest().end == .close(1009))
            }
        }
    }

    @Test func whatClientsSayIsIgnored() async throws {
        try await WebWorld.with { world in
            let id = try await world.submit()
            try await open(world.client, id) { socket in
                _ = try await socket.nextText()
                for _ in 0..<100 { try await socket.send(.text, #"{"subscribe":"everything"}"#) }
                _ = try await world.client.delete("/api/v1/translations/\(id)")
                #expect(try await socket.nextText()["status"] == "CANCELLED")
            }
        }
    }

    @Test func socketsAreClosedWhenTheServerShutsDown() async throws {
        try await WebWorld.with { world in
            let id = try await world.submit()
            try await open(world.client, id) { socket in
                _ = try await socket.nextText()
                await world.shutDown()
                #expect(await socket.rest().end == .close(1001))
            }
        }
    }

    private func open(
        _ client: TestClient,
        _ id: String,
        _ body: (inout TestWebSocket) async throws -> Void
    ) async throws {
        let isOpen: Void? = try await TestWebSocket.with(client, "/ws/job/\(id)", [:], body)
        #expect(isOpen != nil, "The handshake was refused.")
    }
}
