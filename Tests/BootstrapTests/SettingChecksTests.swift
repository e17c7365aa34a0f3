import Bootstrap
import Foundation
import Testing

/// Addresses and files that settings name: all that is wrong is said at once, before anything is opened.
struct SettingChecksTests {
    private func problems(_ options: [String: String], isForServer: Bool = true) async throws -> [String] {
        do {
            _ = try await SettingValues(
                file: nil,
                environment: [:],
                options: options,
                check: { isForServer ? await ServerSettings.problems($0) : [] }
            )
            return []
        } catch let error as ConfigurationError {
            return error.problems
        }
    }

    @Test(arguments: [
        ("database_url", "mysql://db/x"), ("database_url", "sqlite:"), ("database_url", "postgres://db:port/x"),
        ("rabbitmq_url", "http://mq"), ("rabbitmq_url", "amqp://mq:99999"), ("redis_url", "rediss://cache"),
        ("redis_url", "redis://cache/one"), ("trusted_proxies", "10.0.0.1, proxy"), ("trusted_proxies", "10.0.0.0/33"),
        ("allowed_origins", "example.org"), ("allowed_origins", "https://example.org/"),
        ("allowed_origins", "https://Example.org"), ("s3_endpoint", "minio"), ("simulated_failures", "explode"),
    ])
    func addressThatCannotBe_isAProblem(name: String, value: String) async throws {
        let problems = try await problems([name: value], isForServer: false)
        #expect(problems.count == 1 && problems[0].hasPrefix("\(name) (option --"), "\(problems)")
    }

    @Test(arguments: [
        ("database_url", "postgres://u:p@db,db2:5433/x?sslmode=require"), ("database_url", "sqlite:///srv/x.sqlite"),
        ("rabbitmq_url", "amqps://u:p@mq/v"), ("redis_url", "redis://:p@cache:6379/1"),
        ("trusted_proxies", "10.0.0.1, fd00::/8"), ("allowed_origins", "*"),
        ("s3_endpoint", "https://minio.example.org"),
        ("allowed_origins", "https://example.org, http://localhost:3000"), ("simulated_failures", "hang, crash"),
    ])
    func addressThatCanBe_isNone(name: String, value: String) async throws {
        #expect(try await problems([name: value], isForServer: false) == [])
    }

    @Test func everythingThatIsWrong_isSaidAtOnce() async throws {
        let problems = try await problems([
            "database_url": "mysql://u:hunter2@db/x", "rabbitmq_url": "amqp://u:hunter2@mq:x", "redis_url": "redis:",
            "trusted_proxies": "x", "jwt_key_file": "/nonexistent/key", "model_path": "/nonexistent/models",
            "api_port": "x", "foo": "1",
        ])
        #expect(problems.count == 8, "\(problems)")
        #expect(!problems.joined().contains("hunter2"))
    }

    @Test func settingsThatDoNotFitTogether_areNamed() async throws {
        let shared = try await problems([
            "engine": "simulated", "rabbitmq_url": "amqp://mq", "redis_url": "redis://cache", "role": "worker",
        ])
        #expect(shared.count == 3 && shared.allSatisfy { $0.contains("names no PostgreSQL database") })
        let secret = try await problems(["engine": "simulated", "database_url": "postgres://db/x"])
        #expect(secret.count == 1 && secret[0].hasPrefix("secret_key is missing"))
        // What is refused anyway has no consequences.
        #expect(try await problems(["engine": "simulated", "database_url": "x:y", "role": "worker"]).count == 1)
    }

    @Test func signingKey_isLookedAt() async throws {
        let short = try await problems(["engine": "simulated", "secret_key": "hunter2"])
        #expect(short.count == 1 && short[0].contains("7 bytes") && !short[0].contains("hunter2"))
        let file = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
        defer { try? FileManager.default.removeItem(atPath: file) }
        try "no key".write(toFile: file, atomically: true, encoding: .utf8)
        let damaged = try await problems(["engine": "simulated", "jwt_key_file": file])
        #expect(damaged.count == 1 && damaged[0].contains("no known private key"), "\(damaged)")
    }
}
