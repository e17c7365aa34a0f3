import Contracts
import Environment
import NIOHTTP1
import Testing
import TranslationService
import WebServer

/// Clients that leave before they have their answer, and those that only look as if they did.
@Suite(.timeLimit(.minutes(5)))
struct DepartureTests {
    /// An engine that says when it begins to work on a text, and when it is told to stop.
    private static func options(
        _ begun: AsyncStream<Void>.Continuation,
        _ stopped: AsyncStream<Void>.Continuation
    ) -> WebWorld.Options {
        var options = WebWorld.Options()
        options.translators = { environment in
            SimulatedTranslatorSource(timePerWord: .seconds(1)) { span in
                begun.yield()
                do {
                    try await environment.sleep(span)
                } catch {
                    stopped.yield()
                    throw error
                }
            }
        }
        return options
    }

    private static func request(_ version: String = "1.1", _ more: String = "") -> String {
        let body = String(decoding: WebWorld.body("one two").encoded, as: UTF8.self)
        return "POST /api/v1/translate HTTP/\(version)\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            + "\(more)Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    @Test func workForAClientThatHasGoneIsStopped() async throws {
        let (begun, begin) = AsyncStream.makeStream(of: Void.self)
        let (stopped, stop) = AsyncStream.makeStream(of: Void.self)
        try await WebWorld.with(Self.options(begin, stop)) { world in
            try await RawConnection.with(world.client.port) { connection in
                try await connection.send(Self.request())
                for await _ in begun { break }
            }
            for await _ in stopped { break }
            // The server goes on, and what was done is told as what it was.
            let answer = try await world.passing(inStepsOf: .seconds(2)) {
                try await world.client.post("/api/v1/translate", WebWorld.body("one two"))
            }
            #expect(answer.status == 200)
            #expect(world.log.all.contains { $0.contains("http.status=499") })
            #expect(!world.log.all.contains { $0.hasPrefix("error") })
        }
    }

    @Test(arguments: ["1.1", "1.0"])
    func clientThatHasOnlyClosedItsSideGetsItsAnswer(_ version: String) async throws {
        let (begun, begin) = AsyncStream.makeStream(of: Void.self)
        let (_, stop) = AsyncStream.makeStream(of: Void.self)
        try await WebWorld.with(Self.options(begin, stop)) { world in
            try await RawConnection.with(world.client.port) { connection in
                try await connection.send(Self.request(version))
                connection.finish()
                for await _ in begun { break }
                // To those who know it, something is sent that tells whether they are there.
                if version == "1.1" { #expect(try await connection.read(until: "HTTP/1.1 100 Continue\r\n\r\n")) }
                let answer = await world.passing(inStepsOf: .seconds(2)) { await connection.readToEnd() }
                #expect(answer.contains(" 200 OK") && answer.hasSuffix("}"), "\(answer)")
                #expect(answer.contains("100 Continue") == (version == "1.1"))
            }
        }
    }

    @Test func requestsInARowAreAllAnsweredThoughTheClientClosedItsSide() async throws {
        let ((_, begin), (_, stop)) = (AsyncStream.makeStream(of: Void.self), AsyncStream.makeStream(of: Void.self))
        try await WebWorld.with(Self.options(begin, stop)) { world in
            try await RawConnection.with(world.client.port) { connection in
                let live = "GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"
                try await connection.send(live + Self.request() + Self.request() + live)
                connection.finish()
                let answer = await world.passing(inStepsOf: .seconds(2)) { await connection.readToEnd() }
                #expect(answer.ranges(of: "HTTP/1.1 200 OK").count == 4, "\(answer)")
            }
        }
    }

    /// What was granted to one request must not get into the answer to another.
    @Test func continuationIsNotGrantedInTheMidstOfAnAnswer() async throws {
        let ((_, begin), (_, stop)) = (AsyncStream.makeStream(of: Void.self), AsyncStream.makeStream(of: Void.self))
        try await WebWorld.with(Self.options(begin, stop)) { world in
            try await RawConnection.with(world.client.port) { connection in
                let fields = "Expect: 100-continue\r\nConnection: close\r\n"
                try await connection.send(Self.request() + Self.request("1.1", fields))
                let answer = await world.passing(inStepsOf: .seconds(2)) { await connection.readToEnd() }
                #expect(answer.ranges(of: "HTTP/1.1 200 OK").count == 2, "\(answer)")
                #expect(!answer.contains("100 Continue"))
            }
        }
    }
}
