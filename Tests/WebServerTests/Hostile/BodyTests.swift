import Contracts
import Identity
import NIOHTTP1
import Testing
import WebServer

/// Bodies that would take more memory than a server has.
@Suite(.timeLimit(.minutes(5)))
struct BodyTests {
    private static func head(_ path: String, _ bytes: Int, _ more: String = "") -> String {
        "POST \(path) HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\(more)"
            + "Content-Length: \(bytes)\r\n\r\n"
    }

    @Test(arguments: ["/auth/login", "/auth/signup"])
    func whoeverSignsInSendsLittle(_ path: String) async throws {
        try await WebWorld.with(.accounts) { world in
            // The head alone is answered.
            try await RawConnection.with(world.client.port) { connection in
                try await connection.send(Self.head(path, 16_000_000))
                #expect(await connection.readToEnd().hasPrefix("HTTP/1.1 413"))
            }
            let password = JSONValue.string(String(repeating: "x", count: 20_000))
            let answer = try await world.client.post(path, ["email": "ada@example.org", "password": password])
            #expect(answer.status == 413)
            try await RawConnection.with(world.client.port) { connection in
                let head = "POST \(path) HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                let chunk = "1000\r\n" + String(repeating: " ", count: 0x1000) + "\r\n"
                try await connection.send(head + "Transfer-Encoding: chunked\r\n\r\n")
                for _ in 0..<5 { try? await connection.send(chunk) }
                #expect(await connection.readToEnd().hasPrefix("HTTP/1.1 413"))
            }
        }
    }

    @Test func bodyIsNotWaitedForWithoutCredentials() async throws {
        try await WebWorld.with(.accounts) { world in
            for path in ["/api/v1/translate", "/api/v1/translations", "/api/v1/notes", "/api/v1/keys"] {
                try await RawConnection.with(world.client.port) { connection in
                    try await connection.send(Self.head(path, 1_000_000))
                    #expect(try await connection.read(until: "HTTP/1.1 401"), "\(path)")
                }
            }
        }
    }

    /// Room for 13 MB of long bodies.
    private static var narrow: WebWorld.Options {
        var options = WebWorld.Options.accounts
        options.configuration.bodyMemory = 16 << 20
        return options
    }

    @Test func bodiesThatFindNoRoomAreRefusedAfterAMoment() async throws {
        try await WebWorld.with(Self.narrow) { world in
            let (ada, bob) = (try await world.signedIn("ada").client, try await world.signedIn("bob").client)
            let text = WebWorld.body(String(repeating: "a", count: 6 << 20)).encoded
            try await RawConnection.with(world.client.port) { connection in
                // Ten of the thirteen.
                try await connection.send(
                    Self.head("/api/v1/translations", 10 << 20, "Authorization: Bearer \(ada.token ?? "")\r\n") + "{"
                )
                await world.time.untilSomebodySleeps(upTo: .seconds(30))
                async let refused = bob.send(.POST, "/api/v1/translations", [:], text)
                await world.time.untilSomebodySleeps(upTo: .seconds(5))
                world.time.advance(by: .seconds(5))
                let answer = try await refused
                #expect(answer.status == 503 && answer.header("retry-after") == "5")
                // Short ones have room of their own.
                #expect(try await bob.post("/api/v1/translations", WebWorld.body()).status == 202)
            }
            // The room is free again: the text is read, and too long for other reasons.
            #expect(try await bob.send(.POST, "/api/v1/translations", [:], text).status == 413)
        }
    }

    @Test func oneOwnersBodiesLeaveRoomForOthers() async throws {
        try await WebWorld.with(Self.narrow) { world in
            let (ada, bob) = (try await world.signedIn("ada").client, try await world.signedIn("bob").client)
            let text = WebWorld.body(String(repeating: "a", count: 3 << 20)).encoded
            try await RawConnection.with(world.client.port) { connection in
                try await connection.send(
                    Self.head("/api/v1/translations", 8 << 20, "Authorization: Bearer \(ada.token ?? "")\r\n") + "{"
                )
                await world.time.untilSomebodySleeps(upTo: .seconds(30))
                // It would fit, and Ada has more than half already.
                async let refused = ada.send(.POST, "/api/v1/translations", [:], text)
                await world.time.untilSomebodySleeps(upTo: .seconds(5))
                // Bob's is read, past the one that waits, and too long for other reasons.
                #expect(try await bob.send(.POST, "/api/v1/translations", [:], text).status == 413)
                world.time.advance(by: .seconds(5))
                #expect(try await refused.status == 503)
            }
        }
    }
}
