import Foundation
import ServerFixture
import Testing

/// A PostgreSQL database of the tests; nil where there is none.
private let sharedDatabase = ProcessInfo.processInfo.environment["TEST_POSTGRES_URL"].flatMap {
    $0.isEmpty ? nil : $0
}

/// Several processes on one PostgreSQL database: one answers requests, the other works.
@Suite(
    .timeLimit(.minutes(4)),
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
        #expect(front.stop() == 0)
        #expect(worker.stop() == 0)
    }

    @Test func missingSecret_isRefused() async throws {
        let error = await #expect(throws: RunningServer.Failure.self) {
            _ = try await RunningServer(Self.settings(["SECRET_KEY": ""]))
        }
        #expect(error?.message.contains("secret_key is missing") == true)
    }
}
