import Contracts
import NIOHTTP1
import Testing
import WebServer

struct LocalModeTests {
    @Test func nobodyNeedsCredentials() async throws {
        try await WebWorld.with { world in
            let me = try await world.client.get("/auth/me").object()
            #expect(me["id"] == "local" && me["role"] == "admin" && me["tier"] == "standard" && me["email"] == .null)
            #expect(try await world.client.get("/api/v1/admin/queue").status == 200)
        }
    }

    @Test func credentialsThatAreGivenMustBeGood() async throws {
        try await WebWorld.with { world in
            let answer = try await world.client.with(token: "nonsense").get("/auth/me")
            #expect(answer.status == 401)
        }
    }

    /// `Host`, `Origin`, and the status.
    static let names: [(String, String?, Int)] = [
        ("localhost", nil, 200), ("localhost:8080", nil, 200), ("127.0.0.1", nil, 200), ("127.8.9.1:1", nil, 200),
        ("[::1]:80", nil, 200), ("LOCALHOST", nil, 200), ("evil.example", nil, 403),
        ("localhost.evil.example", nil, 403),
        ("127.0.0.1.evil.example", nil, 403), ("192.168.0.1", nil, 403), ("localhost:80@evil.example", nil, 403),
        ("[::1]evil", nil, 403), ("", nil, 403), ("localhost", "http://localhost:3000", 200),
        ("localhost", "https://evil.example", 403), ("localhost", "null", 403),
    ]

    @Test(arguments: names)
    func onlyLoopbackNamesAreServed(_ host: String, _ origin: String?, _ status: Int) async throws {
        try await WebWorld.with { world in
            var headers: HTTPHeaders = ["Host": host]
            if let origin { headers.add(name: "Origin", value: origin) }
            for path in ["/auth/me", "/health"] {
                let answer = try await world.client.get(path, headers)
                #expect(answer.status == status)
            }
        }
    }

    /// What proxies add to requests.
    static let proxies: [(String, String)] = [
        ("Forwarded", "for=192.0.2.1"), ("X-Forwarded-For", "192.0.2.1"), ("x-forwarded-host", "translate.example.org"),
        ("X-Forwarded-Proto", "https"), ("X-Real-IP", "192.0.2.1"), ("Via", "1.1 proxy"),
    ]

    @Test(arguments: proxies)
    func whatCameThroughAProxyIsRefused(_ name: String, _ value: String) async throws {
        try await WebWorld.with { world in
            for path in ["/auth/me", "/health", "/"] {
                let answer = try await world.client.get(path, [name: value])
                #expect(answer.status == 403 && answer.text.contains("dragoman users add"), "\(path)")
            }
            let socket = try await world.client.get(
                "/ws/job/x",
                [
                    name: value, "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
                    "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
                ]
            )
            #expect(socket.status == 403)
        }
    }

    /// As if `dragoman users add` ran beside the server.
    @Test func endsAsSoonAsThereIsAnAccount() async throws {
        try await WebWorld.with { world in
            #expect(try await world.client.get("/auth/methods").object()["credentials_required"] == false)
            let (_, ada) = try await world.signedIn("ada")
            world.time.advance(by: .seconds(1))
            #expect(try await world.client.get("/auth/me").status == 401)
            #expect(try await world.client.get("/api/v1/admin/users").status == 401)
            #expect(try await world.client.get("/auth/methods").object()["credentials_required"] == true)
            #expect(try await ada.get("/auth/me").status == 200)
            // A proxy is welcome from then on, whatever it calls the server.
            let visitor: HTTPHeaders = ["Host": "translate.example.org", "X-Forwarded-For": "192.0.2.1"]
            #expect(try await world.client.get("/auth/me", visitor).status == 401)
            #expect(try await ada.get("/auth/me", visitor).status == 200)
            #expect(world.log.all.count { $0.contains("local mode is over") } == 1)
        }
    }

    @Test func accountsAreAskedForOnceASecondAtMost() async throws {
        try await WebWorld.with { world async throws in
            #expect(try await world.client.get("/auth/me").status == 200)
            // Whoever asked would be told that there is no database.
            world.database.condition = .unreachable
            for _ in 0..<20 { #expect(try await world.client.get("/auth/me").status == 200) }
            #expect(!world.log.all.contains { $0.contains("accounts cannot be read") })
            world.time.advance(by: .seconds(1))
            // Whoever watches the server does not wait for that.
            for path in ["/health/live", "/health", "/metrics"] {
                #expect(try await world.client.get(path).status == 200)
            }
            #expect(!world.log.all.contains { $0.contains("accounts cannot be read") })
            // While nobody can make an account, it stays as it was.
            for _ in 0..<20 { #expect(try await world.client.get("/auth/me").status == 200) }
            #expect(world.log.all.count { $0.contains("accounts cannot be read") } == 1)
        }
    }

    @Test func pagesOfAllowedOriginsMayUseIt() async throws {
        var options = WebWorld.Options()
        options.configuration.allowedOrigins = ["https://tools.example.org"]
        try await WebWorld.with(options) { world in
            let answer = try await world.client.get("/auth/me", ["Origin": "https://tools.example.org"])
            #expect(answer.status == 200)
            #expect(answer.header("access-control-allow-origin") == "https://tools.example.org")
            #expect(try await world.client.get("/auth/me", ["Origin": "https://evil.example"]).status == 403)
        }
    }
}
