import Contracts
import NIOHTTP1
import Testing
import WebServer

/// What no well-meaning client sends.
struct HostileRequestTests {
    private static let path = "/api/v1/translate"

    @Test func hugeBodyIsRefusedBeforeItIsSent() async throws {
        try await WebWorld.with { world in
            try await RawConnection.with(world.client.port) { connection in
                try await connection.send(Self.head("Content-Length: 104857600\r\n"))
                let answer = await connection.readToEnd()
                #expect(answer.hasPrefix("HTTP/1.1 413") && answer.lowercased().contains("connection: close"))
            }
        }
    }

    @Test func hugeBodyInChunksIsRefusedOnceItIsTooLarge() async throws {
        var options = WebWorld.Options()
        options.configuration.bodyBytes = 1 << 20
        try await WebWorld.with(options) { world in
            try await RawConnection.with(world.client.port) { connection in
                try await connection.send(Self.head("Transfer-Encoding: chunked\r\n"))
                let chunk = Array("10000\r\n".utf8) + [UInt8](repeating: 0x20, count: 0x10000) + Array("\r\n".utf8)
                // 100 MB, as far as the server lets itself be sent that.
                for _ in 0..<1600 { guard (try? await connection.send(chunk)) != nil else { break } }
                #expect(await connection.readToEnd().hasPrefix("HTTP/1.1 413"))
            }
        }
    }

    @Test func expectedContinuationIsGrantedOnlyForBodiesThatMayCome() async throws {
        try await WebWorld.with { world in
            let body = String(decoding: WebWorld.body().encoded, as: UTF8.self)
            try await RawConnection.with(world.client.port) { connection in
                let fields = "Expect: 100-continue\r\nAccept-Encoding: gzip\r\nConnection: close\r\n"
                try await connection.send(Self.head(fields + "Content-Length: \(body.utf8.count)\r\n"))
                #expect(try await connection.read(until: "HTTP/1.1 100 Continue\r\n\r\n"))
                try await connection.send(body)
                #expect(await connection.readToEnd().contains("HTTP/1.1 200"))
            }
            try await RawConnection.with(world.client.port) { connection in
                try await connection.send(Self.head("Expect: 100-continue\r\nContent-Length: 104857600\r\n"))
                #expect(await connection.readToEnd().hasPrefix("HTTP/1.1 413"))
            }
        }
    }

    @Test func bodyThatTricklesInIsNotWaitedFor() async throws {
        try await WebWorld.with { world in
            try await RawConnection.with(world.client.port) { connection in
                try await connection.send(Self.head("Content-Length: 100\r\n") + "{")
                let answer = await world.passing(inStepsOf: .seconds(30)) { await connection.readToEnd() }
                #expect(answer.hasPrefix("HTTP/1.1 408"))
            }
        }
    }

    @Test func headThatTricklesInIsNotWaitedFor() async throws {
        var options = WebWorld.Options()
        options.configuration.connections.firstRequest = .milliseconds(50)
        try await WebWorld.with(options) { world in
            try await RawConnection.with(world.client.port) { connection in
                try await connection.send("GET /health HTTP/1.1\r\nHost: loc")
                #expect(await connection.readToEnd().isEmpty)
            }
        }
    }

    @Test func idleConnectionIsClosed() async throws {
        var options = WebWorld.Options()
        options.configuration.connections.idle = .milliseconds(50)
        try await WebWorld.with(options) { world in
            try await RawConnection.with(world.client.port) { connection in
                try await connection.send("GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\nGET /he")
                let answer = await connection.readToEnd()
                #expect(answer.hasPrefix("HTTP/1.1 200") && answer.contains("{\"status\":\"ok\"}"))
            }
        }
    }

    @Test func clientThatReadsNothingIsCutOff() async throws {
        var options = WebWorld.Options()
        options.configuration.connections.stalledWrite = .milliseconds(50)
        try await WebWorld.with(options) { world in
            try await RawConnection.with(world.client.port) { connection in
                // Answers of 60 KB pile up until the server cannot send any more, and then it ends.
                let request = "GET /openapi.yaml HTTP/1.1\r\nHost: localhost\r\n\r\n"
                for _ in 0..<5000 { guard (try? await connection.send(request)) != nil else { break } }
                while (try? await connection.send(request)) != nil {}
            }
        }
    }

    /// Bodies that are no JSON, or too much of it.
    static let badJSON: [(String, [UInt8])] = [
        ("nothing", []), ("no object", Array("[]".utf8)), ("half an object", Array(#"{"text":"#.utf8)),
        ("not UTF-8", Array(#"{"text":""#.utf8) + [0xff, 0xfe] + Array(#""}"#.utf8)),
        ("half a pair", Array(#"{"text":"\ud800"}"#.utf8)), ("two values", Array("{} {}".utf8)),
        ("deep", Array((#"{"text":"# + String(repeating: "[", count: 100_000)).utf8)),
        ("wide", Array(("{" + (0..<10_000).map { #""k\#($0)":1"# }.joined(separator: ",") + "}").utf8)),
    ]

    @Test(arguments: badJSON)
    func whatIsNoJSONIsRefused(_ name: String, _ body: [UInt8]) async throws {
        try await WebWorld.with { world in
            let answer = try await world.client.send(.POST, Self.path, [:], body)
            #expect(answer.status == 400)
            #expect(answer.header("content-type") == "application/problem+json")
        }
    }

    static let badTypes: [HTTPHeaders] = [
        ["Content-Type": "text/plain"], ["Content-Type": ""], ["Content-Type": "application/json; charset=latin1"],
        ["Content-Encoding": "gzip"], ["Content-Type": "multipart/form-data; boundary=x"],
    ]

    @Test(arguments: badTypes)
    func otherTypesAreRefused(_ headers: HTTPHeaders) async throws {
        try await WebWorld.with { world in
            let answer = try await world.client.send(.POST, Self.path, headers, WebWorld.body().encoded)
            #expect(answer.status == 415)
        }
    }

    @Test func repeatedMembersCountOnceAndLast() async throws {
        try await WebWorld.with { world in
            let body = #"{"text":"a","text":"b","source_language":"en","target_language":"es"}"#
            let answer = try await world.client.send(
                .POST,
                Self.path,
                ["Content-Type": "application/json; charset=\"UTF-8\""],
                Array(body.utf8)
            )
            #expect(try answer.object()["translated_text"] == "[es] b")
        }
    }

    /// Bytes that are no HTTP, or HTTP that nobody needs.
    static let garbage = [
        "\u{0}\u{1}\u{2}\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "hello world\r\n\r\n",
        "GET /health HTTP/1.1\r\nHost: localhost\r\nBad Name: x\r\n\r\n",
        "GET /health HTTP/1.1\r\nHost: localhost\r\nX: a\u{0}b\r\n\r\n",
        "POST /api/v1/translate HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
        "POST /api/v1/translate HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "POST /api/v1/translate HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
        "GET /health HTTP/1.1\r\nHost: localhost\r\nX: " + String(repeating: "x", count: 100_000) + "\r\n\r\n",
        "GET /health HTTP/1.1\r\nHost: localhost\r\n" + String(repeating: "X: x\r\n", count: 500) + "\r\n",
        "GET /" + String(repeating: "x", count: 100_000) + " HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ]

    @Test(arguments: garbage)
    func garbageEndsTheConnectionAndNothingElse(_ bytes: String) async throws {
        try await WebWorld.with { world in
            for prefix in ["", "GET /health/live HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\n\r\n"] {
                try await RawConnection.with(world.client.port) { connection in
                    try await connection.send(prefix + bytes)
                    let answer = await connection.readToEnd()
                    #expect(answer.hasPrefix(prefix.isEmpty ? "" : "HTTP/1.1 200"))
                    #expect(!answer.contains("HTTP/1.1 5"))
                }
            }
            #expect(try await world.client.get("/health/live").status == 200)
        }
    }

    /// Framing of which a proxy in front might make something else.
    static let framing: [(request: String, status: Int)] = [
        ("GET /health/live HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n", 400),
        ("GET /health/live HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n", 400),
        (head("Transfer-Encoding: xchunked\r\n") + "2\r\n{}\r\n0\r\n\r\n", 501),
        (head("Transfer-Encoding: gzip, chunked\r\n") + "2\r\n{}\r\n0\r\n\r\n", 501),
        (head("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n") + "2\r\n{}\r\n0\r\n\r\n", 400),
        (head("Transfer-Encoding: chunked\r\n") + "ffffffffffffffffffff\r\n{}\r\n0\r\n\r\n", 400),
        (head("Transfer-Encoding: chunked\r\n") + "2\r\n{}\r\nnonsense\r\n\r\n", 400),
        (head("Transfer-Encoding: chunked\r\n") + "2\n{}\n0\n\n", 400),
        ("POST \(path) HTTP/1.0\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", 400),
    ]

    @Test(arguments: framing.indices)
    func doubtfulFramingIsRefusedWithAnAnswer(_ index: Int) async throws {
        let (request, status) = Self.framing[index]
        let live = "GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"
        try await WebWorld.with { world in
            for isUsed in [false, true] {
                try await RawConnection.with(world.client.port) { connection in
                    if isUsed {
                        try await connection.send(live)
                        #expect(try await connection.read(until: "{\"status\":\"ok\"}"))
                    }
                    try await connection.send(request + live)
                    let answers = await connection.readToEnd().split(separator: "HTTP/1.1 ")
                    #expect(answers.map { $0.prefix(3) } == (isUsed ? ["200"] : []) + ["\(status)"])
                    #expect(answers.last?.lowercased().contains("connection: close") == true)
                }
            }
        }
    }

    @Test func otherProtocolsAreRefusedWithAnAnswer() async throws {
        try await WebWorld.with { world in
            try await RawConnection.with(world.client.port) { connection in
                let live = "GET /health/live HTTP/1.1\r\nHost: localhost\r\n"
                try await connection.send(live + "\r\n")
                #expect(try await connection.read(until: "{\"status\":\"ok\"}"))
                try await connection.send(
                    live + "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\r\n" + live + "\r\n"
                )
                let answer = await connection.readToEnd()
                #expect(answer.components(separatedBy: "HTTP/1.1 200").count == 3)
                #expect(answer.lowercased().contains("connection: close"))
            }
        }
    }

    @Test func pipelinedRequestsAreAnsweredInOrder() async throws {
        try await WebWorld.with { world in
            try await RawConnection.with(world.client.port) { connection in
                let paths = ["/health/live", "/nothing", "/health/live"]
                let requests = paths.map { "GET \($0) HTTP/1.1\r\nHost: localhost\r\n" }
                try await connection.send(requests.joined(separator: "\r\n") + "Connection: close\r\n\r\n")
                let answer = await connection.readToEnd()
                let statuses = answer.split(separator: "HTTP/1.1 ").map { $0.prefix(3) }
                #expect(statuses == ["200", "404", "200"])
            }
        }
    }

    private static func head(_ fields: String) -> String {
        "POST \(path) HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\(fields)\r\n"
    }
}

extension String {
    fileprivate func components(separatedBy separator: String) -> [Substring] {
        split(separator: separator, omittingEmptySubsequences: false)
    }
}
