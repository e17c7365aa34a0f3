import Contracts
import Environment
import NIOHTTP1
import Synchronization
import Testing
import WebServer

struct ServerTests {
    @Test func requestIDsAreGivenBackUnlessTheyAreHarmful() async throws {
        try await WebWorld.with { world in
            for (sent, isKept) in [
                ("abc-1.2_X", true), ("", false), (String(repeating: "a", count: 65), false), ("a b", false),
            ] {
                let answer = try await world.client.get("/health/live", ["X-Request-Id": sent])
                #expect((answer.header("x-request-id") == sent) == isKept, "\(sent)")
            }
            let ids = [try await world.client.get("/x"), try await world.client.get("/x")].map {
                $0.header("x-request-id")
            }
            #expect(ids[0]?.count == 16 && ids[0] != ids[1])
        }
    }

    @Test func pathsThatDoNotExistAndMethodsTheyDoNotHaveAreTold() async throws {
        try await WebWorld.with { world in
            #expect(try await world.client.get("/api/v1/nothing").status == 404)
            for method in [HTTPMethod.PUT, .RAW(value: "PROPFIND"), .OPTIONS, .TRACE] {
                let answer = try await world.client.send(method, "/api/v1/translations/x")
                #expect(answer.status == 405 && answer.header("allow") == "DELETE, GET, HEAD", "\(method)")
                #expect(answer.header("content-type") == "application/problem+json")
            }
        }
    }

    @Test func headIsGetWithoutABody() async throws {
        try await WebWorld.with { world in
            for path in ["/openapi.yaml", "/health", "/api/v1/languages"] {
                let head = try await world.client.send(.HEAD, path, ["Accept-Encoding": "gzip"])
                let get = try await world.client.get(path)
                #expect(head.status == 200 && head.body.isEmpty)
                #expect(head.header("content-length") == get.header("content-length"), "\(path)")
            }
        }
    }

    @Test func longAnswersAreCompressedForThoseWhoWantIt() async throws {
        try await WebWorld.with { world in
            let plain = try await world.client.get("/openapi.yaml")
            let packed = try await world.client.get("/openapi.yaml", ["Accept-Encoding": "gzip"])
            #expect(plain.header("content-encoding") == nil && packed.header("content-encoding") == "gzip")
            #expect(packed.body.count * 3 < plain.body.count && packed.body.starts(with: [0x1f, 0x8b]))
            #expect(packed.header("vary") == "Accept-Encoding")
            let short = try await world.client.get("/health/live", ["Accept-Encoding": "gzip"])
            #expect(short.header("content-encoding") == nil && short.header("dragoman-compress") == nil)
        }
    }

    /// In pieces, between which others are served.
    @Test(arguments: [32_000, 40_000, 199_000]) func longTextsArriveWhole(length: Int) async throws {
        try await WebWorld.with { world in
            let words = String(repeating: "abcdefghij klmnopqrstuvwxyz\n", count: length / 28 + 1)
            let text = words.prefix(length - 1) + "."
            let note: JSONValue = ["title": "long", "original_text": .string(String(text)), "original_language": "en"]
            let path = try #require(try await world.client.post("/api/v1/notes", note).header("location"))
            let plain = try await world.client.get(path)
            #expect(try plain.object()["original_text"] == .string(String(text)))
            #expect(plain.header("content-length") == String(plain.body.count))
            #expect(try await world.client.send(.HEAD, path).header("content-length") == String(plain.body.count))
            let packed = try await world.client.get(path, ["Accept-Encoding": "gzip"])
            #expect(packed.header("content-encoding") == "gzip" && packed.body.count * 3 < plain.body.count)
            // What has no length ends with its last chunk, and the connection goes on.
            #expect(try await world.client.get("/health/live").status == 200)
        }
    }

    /// A client that knows no chunks gets what it can read.
    @Test func oldClientsGetLongTextsUncompressed() async throws {
        try await WebWorld.with { world in
            try await RawConnection.with(world.client.port) { connection in
                let fields = "Host: localhost\r\nAccept-Encoding: gzip\r\n"
                try await connection.send("GET /openapi.yaml HTTP/1.0\r\n\(fields)\r\n")
                let answer = await connection.readToEnd()
                #expect(answer.contains("openapi: \"3.1") && !answer.lowercased().contains("content-encoding"))
            }
        }
    }

    @Test func answersTellBrowsersToBeCareful() async throws {
        try await WebWorld.with { world in
            for path in ["/", "/docs", "/nothing", "/health"] {
                let answer = try await world.client.get(path)
                #expect(answer.header("x-content-type-options") == "nosniff")
                let policy = try #require(answer.header("content-security-policy"))
                #expect(policy.contains("default-src 'none'") && !policy.contains("unsafe"))
            }
        }
    }

    @Test func pagesOfConfiguredOriginsMayUseTheAPI() async throws {
        var options = WebWorld.Options.accounts
        options.configuration.allowedOrigins = ["https://app.example.org"]
        try await WebWorld.with(options) { world in
            let preflight: HTTPHeaders = [
                "Origin": "https://app.example.org", "Access-Control-Request-Method": "PATCH",
            ]
            let allowed = try await world.client.send(.OPTIONS, "/api/v1/notes/x", preflight)
            #expect(allowed.status == 204)
            #expect(allowed.header("access-control-allow-origin") == "https://app.example.org")
            #expect(allowed.header("access-control-allow-methods")?.contains("PATCH") == true)
            let answer = try await world.client.get("/auth/me", ["Origin": "https://app.example.org"])
            #expect(answer.status == 401 && answer.header("access-control-allow-origin") == "https://app.example.org")
            let other = try await world.client.get("/health", ["Origin": "https://evil.example"])
            #expect(other.header("access-control-allow-origin") == nil && other.header("vary") == "Origin")
        }
    }

    @Test func logsHoldNeitherTextsNorSecretsNorIDs() async throws {
        try await WebWorld.with(.accounts) { world in
            let ada = try await world.signedIn("ada").client
            let id = try await world.submit("confidential words", as: ada)
            _ = try await ada.get("/api/v1/translations/\(id)?include=segments")
            _ = try await ada.post("/api/v1/translations", ["confidential": "field"])
            _ = try await world.client.get("/confidential")
            let log = world.log.all.joined(separator: "\n")
            #expect(log.contains("http.route=/api/v1/translations/{id} http.status=200 request.id="))
            #expect(log.contains("http.route=unmatched http.status=404"))
            for secret in ["confidential", WebWorld.password, try #require(ada.token), id, "example.org"] {
                #expect(!log.contains(secret))
            }
        }
    }

    @Test func trustedProxiesSayWhereRequestsComeFrom() async throws {
        var options = WebWorld.Options()
        options.configuration.trustedProxies = [try #require(AddressRange("127.0.0.0/8"))]
        try await WebWorld.with(options) { world in
            _ = try await world.client.get("/x", ["X-Forwarded-For": "6.6.6.6, 203.0.113.9, 127.0.0.2"])
            #expect(world.log.all.contains { $0.contains("client.address=203.0.113.9") })
        }
    }

    @Test func metricsCountRequestsByTemplateAndNothingMore() async throws {
        try await WebWorld.with(.accounts) { world in
            let ada = try await world.signedIn("ada").client
            let id = try await world.submit("confidential", as: ada)
            for _ in 0..<2 { _ = try await ada.get("/api/v1/translations/\(id)") }
            _ = try await ada.send(.PROPFIND, "/confidential/path")
            let answer = try await world.client.get("/metrics")
            #expect(answer.status == 200)
            #expect(answer.header("content-type") == "text/plain; version=0.0.4; charset=utf-8")
            let labels = #"method="GET",route="/api/v1/translations/{id}""#
            #expect(answer.text.contains("dragoman_http_requests_total{\(labels),status=\"200\"} 2\n"))
            #expect(answer.text.contains("dragoman_http_request_duration_seconds_count{\(labels)} 2\n"))
            #expect(answer.text.contains(#"{method="other",route="unmatched",status="404"} 1"#))
            for secret in ["onfidential", "PROPFIND", id, "ada", "127.0.0.1"] {
                #expect(!answer.text.contains(secret), "\(secret)")
            }
        }
    }

    /// Proxies hide it by its path.
    @Test(arguments: ["/metrics/", "//metrics", "/metrics//", "/%6detrics", "/METRICS", "/metrics;x", "/./metrics"])
    func metricsAreAtOnePathAlone(_ path: String) async throws {
        try await WebWorld.with { world async throws in
            for method in [HTTPMethod.GET, .HEAD] {
                #expect(try await world.client.send(method, path).status == 404)
                #expect(try await world.client.send(method, "/metrics?x=1").status == 200)
            }
        }
    }

    @Test func shutdownLetsRequestsEndAndEndsWaiting() async throws {
        try await WebWorld.with { world in
            let headers: HTTPHeaders = ["Prefer": "wait=60"]
            async let waiting = world.client.post("/api/v1/translations", WebWorld.body(), headers)
            await world.time.untilSomebodySleeps(upTo: .seconds(60))
            await world.shutDown()
            let answer = try await waiting
            #expect(answer.status == 202 && answer.header("connection") == nil)
        }
    }

    @Test func shutdownDoesNotWaitForEverForWhatDoesNotEnd() async throws {
        var options = WebWorld.Options()
        options.healthChecks = [HealthCheck("stuck") { await Forever.wait() }]
        try await WebWorld.with(options) { world in
            let answer = Task { try await world.client.get("/health").status }
            await world.time.untilSomebodySleeps(upTo: .seconds(2))
            await world.shutDown()
            let status = try? await world.passing(inStepsOf: .seconds(25)) { try await answer.value }
            #expect(status == nil || status == 200)
        }
    }

    @Test func portInUseIsSaid() async throws {
        try await WebWorld.with { world in
            var configuration = WebServerConfiguration()
            configuration.port = world.client.port
            let second = WebServer(configuration, services: world.services)
            let error = await #expect(throws: WebServerError.self) { try await second.run() }
            #expect(error?.code == .addressUnavailable)
            #expect(error?.message.contains("'127.0.0.1:\(world.client.port)'") == true)
        }
    }
}

/// A switch that a test may turn.
final class Flag: Sendable {
    private let state: Mutex<Bool>

    init(_ value: Bool) { state = Mutex(value) }

    var value: Bool {
        get { state.withLock { $0 } }
        set { state.withLock { $0 = newValue } }
    }
}

enum Forever {
    /// Waits until the task is cancelled.
    static func wait() async { await Signal().wait(after: 0) }
}
