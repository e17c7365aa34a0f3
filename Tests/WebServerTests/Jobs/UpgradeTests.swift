import Contracts
import NIOHTTP1
import NIOWebSocket
import Testing
import WebServer

/// WebSockets on connections that were used before, as proxies do it, and what is sent in their place.
struct UpgradeTests {
    private static let live = "GET /health/live HTTP/1.1\r\nHost: localhost\r\n"
    private static let isAlive = "{\"status\":\"ok\"}"
    /// The key of RFC 6455, 1.3, and what has to be answered.
    private static let key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    private static let accept = "sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

    private static func handshake(_ id: String, connection: String = "Upgrade", more: String = "") -> String {
        """
        GET /ws/job/\(id) HTTP/1.1\r\nHost: localhost\r\nConnection: \(connection)\r\nUpgrade: websocket\r\n\
        Sec-WebSocket-Version: 13\r\n\(key)\(more)\r\n
        """
    }

    /// A frame without content, masked with zeros.
    private static func frame(_ opcode: UInt8) -> [UInt8] { [0x80 | opcode, 0x80, 0, 0, 0, 0] }

    @Test func aConnectionThatServedRequestsBecomesAWebSocket() async throws {
        try await WebWorld.with { world in
            let id = try await world.submit()
            try await RawConnection.with(world.client.port) { connection in
                let pages = [("health/live", Self.isAlive), ("x", "nothing at this path"), ("docs", "</html>")]
                for (path, body) in pages {
                    try await connection.send("GET /\(path) HTTP/1.1\r\nHost: localhost\r\n\r\n")
                    #expect(try await connection.read(until: body))
                }
                try await connection.send(Self.handshake(id, connection: "keep-alive, Upgrade"))
                #expect(try await connection.read(until: "HTTP/1.1 101"))
                #expect(try await connection.read(until: #""status":"QUEUED""#))
                #expect(connection.received.contains(Self.accept))
                _ = try await world.client.delete("/api/v1/translations/\(id)")
                #expect(try await connection.read(until: #""status":"CANCELLED""#))
                try await connection.send(Self.frame(8))
                #expect(await !connection.readToEnd().contains("426"))
            }
        }
    }

    @Test func whatComesBehindTheHandshakeIsTheWebSockets() async throws {
        try await WebWorld.with { world in
            let id = try await world.submit()
            for isUsed in [false, true] {
                try await RawConnection.with(world.client.port) { connection in
                    if isUsed {
                        try await connection.send(Self.live + "\r\n")
                        #expect(try await connection.read(until: Self.isAlive))
                    }
                    // A ping with the text "echo".
                    let ping = [0x89, 0x84, 0, 0, 0, 0] + Array("echo".utf8)
                    try await connection.send(Array(Self.handshake(id).utf8) + ping)
                    #expect(try await connection.read(until: "echo"))
                    #expect(try await connection.read(until: #""status":"QUEUED""#))
                }
            }
        }
    }

    /// HTTP's limits for connections on which nothing happens are not a WebSocket's.
    @Test func aWebSocketMayBeIdle() async throws {
        var options = WebWorld.Options()
        options.configuration.connections.idle = .milliseconds(50)
        options.configuration.webSockets.pingInterval = .milliseconds(400)
        try await WebWorld.with(options) { world in
            let id = try await world.submit()
            try await RawConnection.with(world.client.port) { connection in
                // The second waits for the answer to the first, from which on the connection would be idle.
                try await connection.send(Self.live + "\r\n" + Self.handshake(id))
                #expect(try await connection.read(until: #""status":"QUEUED""#))
                // A ping: 0x89, which is no text, and its length.
                #expect(try await connection.read(until: "\u{fffd}\u{0}"))
                _ = try await world.client.delete("/api/v1/translations/\(id)")
                #expect(try await connection.read(until: #""status":"CANCELLED""#))
            }
        }
    }

    @Test func aHandshakeWaitsForTheAnswersBeforeIt() async throws {
        try await WebWorld.with { world in
            let id = try await world.submit()
            try await RawConnection.with(world.client.port) { connection in
                let docs = "GET /openapi.yaml HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\n\r\n"
                let requests = Self.live + "\r\n" + docs + Self.live + "\r\n" + Self.handshake(id)
                try await connection.send(Array(requests.utf8) + Self.frame(9))
                #expect(try await connection.read(until: #""status":"QUEUED""#))
                let statuses = connection.received.split(separator: "HTTP/1.1 ").map { $0.prefix(3) }
                #expect(statuses == ["200", "200", "200", "101"])
                try await connection.send(Self.frame(8))
                _ = await connection.readToEnd()
            }
        }
    }

    @Test func aHandshakeBehindTheLastRequestIsNobodys() async throws {
        try await WebWorld.with { world in
            let id = try await world.submit()
            try await RawConnection.with(world.client.port) { connection in
                try await connection.send(Self.live + "Connection: close\r\n\r\n")
                try await connection.send(Self.handshake(id))
                let answer = await connection.readToEnd()
                #expect(answer.hasPrefix("HTTP/1.1 200") && !answer.contains("101") && !answer.contains("QUEUED"))
            }
        }
    }

    /// Where the parser and we could differ about where HTTP ends.
    static let odd: [(connection: String, more: String)] = [
        ("upgrade\t", ""), ("\tUpgrade", ""), ("keep-alive,\tUpgrade", ""), ("Upgrade;x", ""),
        ("Upgrade, \u{b}close", ""),
        ("Upgrade\r\n ,x", ""), (",,Upgrade,,", ""), ("close, Upgrade", ""), ("Upgrade\r\nConnection: close", ""),
        ("Upgrade", "Content-Length: 5\r\n"), ("Upgrade", "Content-Length: 0\r\n"),
        ("Upgrade", "Transfer-Encoding: chunked\r\n"), ("Upgrade", "Upgrade: h2c\r\n"),
        ("Upgrade", "Sec-WebSocket-Key: x\r\n"), ("Upgrade", "Sec-WebSocket-Version: 8\r\n"), ("", ""),
    ]

    @Test(arguments: odd.indices)
    func oddHandshakesEndNobodyButThemselves(_ index: Int) async throws {
        let (field, more) = Self.odd[index]
        try await WebWorld.with { world in
            let id = try await world.submit()
            for prefix in ["", Self.live + "\r\n"] {
                try await RawConnection.with(world.client.port) { connection in
                    if !prefix.isEmpty {
                        try await connection.send(prefix)
                        #expect(try await connection.read(until: Self.isAlive))
                    }
                    try await connection.send(Self.handshake(id, connection: field, more: more) + "hello")
                    // Whatever it is taken for, it has an end.
                    let rest = Self.live + "Connection: close\r\n\r\n" + String(repeating: "x", count: 4000)
                    try? await connection.send(rest)
                    #expect(await !connection.readToEnd().contains("HTTP/1.1 5"))
                }
            }
            #expect(try await world.client.get("/health/live").status == 200)
        }
    }

    @Test func aStoreThatFailsIsNoWrongTicket() async throws {
        try await WebWorld.with(.accounts) { world in
            let ada = try await world.signedIn("ada").client
            let id = try await world.submit(as: ada)
            let ticket = try await ada.send(.POST, "/api/v1/tickets").string("ticket")
            // What is known of the credential is known for ten seconds.
            world.time.advance(by: .seconds(11))
            world.database.condition = .unreachable
            for (client, path) in [(world.client, "\(id)?ticket=\(ticket)"), (ada, id)] {
                let isOpen: Void? = try await TestWebSocket.with(client, "/ws/job/\(path)") { socket in
                    #expect(await socket.rest().end == .close(1013))
                }
                #expect(isOpen != nil)
            }
            world.database.condition = .working
            _ = try await TestWebSocket.with(world.client, "/ws/job/\(id)?ticket=\(ticket)") { socket async throws in
                #expect(try await socket.nextText()["status"] == "QUEUED")
            }
        }
    }
}
