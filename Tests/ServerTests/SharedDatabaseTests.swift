import Foundation
import ServerFixture
import Testing

/// A PostgreSQL database of the tests; nil where there is none.
private let sharedDatabase = ProcessInfo.processInfo.environment["TEST_POSTGRES_URL"].flatMap {
    $0.isEmpty ? nil : $0
}

/// Several processes on one PostgreSQL database: one answers requests, the other works.
@Suite(
    .timeLimit(.minutes(20)),
    .enabled(if: sharedDatabase != nil, "TEST_POSTGRES_URL is not set; 'make test' starts a server.")
)
struct SharedDatabaseTests {
    private static func settings(_ more: [String: String] = [:]) throws -> [String: String] {
        let settings = [
            "DATABASE_URL": try #require(sharedDatabase), "SECRET_KEY": String(repeating: "0123456789abcdef", count: 3),
            "ENGINE": "simulated", "SIMULATED_TIME_PER_WORD": "5ms",
        ]
        return settings.merging(more) { $1 }
    }

    @Test func jobOfOneProcess_isWorkedOffByAnother() async throws {
        let front = try await RunningServer(Self.settings(["ROLE": "api"]))
        let worker = try await RunningServer(Self.settings())
        let body: [String: Any] = ["text": "One. Two. Three.", "source_language": "en", "target_language": "es"]
        // Its own worker would take the job of one that works: the front end has none.
        let job = try await front.request("POST", "/api/v1/translations", body, headers: ["Prefer": "wait=30"])
        #expect(job.status == 200 && job.json["status"] as? String == "COMPLETED", "\(job.text)")
        let id = try #require(job.json["job_id"] as? String)
        let seen = try await worker.request("GET", "/api/v1/translations/\(id)")
        #expect(seen.json["status"] as? String == "COMPLETED", "\(seen.text)")
        #expect(await front.stop() == 0)
        #expect(await worker.stop() == 0)
    }

    /// The workers that an administrator is shown, by name.
    private static func workers(_ server: RunningServer) async throws -> [String: [String: Any]] {
        let answer = try await server.request("GET", "/api/v1/admin/workers")
        let items = try #require(answer.json["items"] as? [[String: Any]])
        return Dictionary(items.map { ($0["name"] as? String ?? "", $0) }) { $1 }
    }

    @Test func worker_takesItsClassesOnly_isListed_andLeaves() async throws {
        let front = try await RunningServer(Self.settings(["ROLE": "api"]))
        // Another test's worker may be there as well: what nobody else does is the class.
        let worker = try await RunningServer(
            Self.settings(),
            arguments: ["worker", "--classes", "critical", "--concurrency", "3"]
        )
        let mine = "-\(worker.processID)"
        var shown: [String: Any]?
        for _ in 0..<100 where shown == nil {
            shown = try await Self.workers(front).first { $0.key.hasSuffix(mine) }?.value
            if shown == nil { try await Task.sleep(for: .milliseconds(100)) }
        }
        #expect(shown?["classes"] as? [String] == ["CRITICAL"])
        #expect(shown?["concurrency"] as? Int == 3)
        let body: [String: Any] = [
            "text": "One.", "source_language": "en", "target_language": "es", "priority": "CRITICAL",
        ]
        let job = try await front.request("POST", "/api/v1/translations", body, headers: ["Prefer": "wait=30"])
        #expect(job.json["status"] as? String == "COMPLETED", "\(job.text)")
        #expect(try await worker.request("GET", "/health").status == 200)
        #expect(try await worker.request("GET", "/metrics").text.contains("dragoman_queue_jobs"))
        #expect(try await worker.request("GET", "/api/v1/translations").status == 404)
        #expect(await worker.stop() == 0)
        #expect(try await !Self.workers(front).keys.contains { $0.hasSuffix(mine) })
    }

    @Test(arguments: [
        (["worker"], ["DATABASE_URL": ""], "names no PostgreSQL database"),
        (["worker", "--classes", "urgent"], [:], "expected some of critical, high and standard"),
        (["worker", "--models", "nix"], ["ENGINE": "neural"], "models has 'nix'. There is no model 'nix'"),
    ])
    func workerThatCannotWork_saysWhy(arguments: [String], settings: [String: String], words: String) async throws {
        let error = await #expect(throws: RunningServer.Failure.self) {
            _ = try await RunningServer(Self.settings(settings), arguments: arguments)
        }
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
    }

    @Test func missingSecret_isRefused() async throws {
        let error = await #expect(throws: RunningServer.Failure.self) {
            _ = try await RunningServer(Self.settings(["SECRET_KEY": ""]))
        }
        #expect(error?.message.contains("secret_key is missing") == true)
    }
}
