import NIOHTTP1
import Testing
import WebServer

struct LocalModeTests {
    @Test func nobodyNeedsCredentials() async throws {
        try await WebWorld.with { world in
            let me = try await world.client.get("/auth/me").object()
            #expect(me["id"] == "local" && me["role"] == "admin" && me["tier"] == "enterprise" && me["email"] == .null)
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
}
