import Foundation
import ServerFixture
import Testing

/// What a server says that is told to end, and what it does when it is told again.
@Suite(.timeLimit(.minutes(20)))
struct EndingTests {
    @Test(arguments: [(SIGINT, 130), (SIGTERM, 143)] as [(Int32, Int32)])
    func secondSignal_endsAtOnceAndGivesTheJobBack(signal: Int32, code: Int32) async throws {
        let server = try await RunningServer([
            "ENGINE": "simulated", "SIMULATED_TIME_PER_WORD": "60s", "SHUTDOWN_TIMEOUT": "600s",
            "WORKER_LEASE": "3600s",
        ])
        let body: [String: Any] = ["text": "a long one", "source_language": "en", "target_language": "es"]
        let job = try await server.request("POST", "/api/v1/translations", body)
        let path = "/api/v1/translations/\(try #require(job.json["job_id"] as? String))"
        func state() async throws -> [String: Any] { try await server.request("GET", path).json }
        while try await state()["status"] as? String != "PROCESSING" {}
        server.send(signal)
        let said = try #require(await server.output(with: "Ending"))
        #expect(said.contains("Ending: 1 job is finished or handed back, in 600 s at most. Ctrl-C again ends at once"))
        server.send(signal)
        #expect(await server.exitCode() == code)
        // Not after an hour, when the lease would have been over.
        try await server.start()
        while try await state()["attempt"] as? Int != 2 {}
    }

    @Test func serverWithoutJobs_saysSoAndEnds() async throws {
        let server = try await RunningServer(["ENGINE": "simulated"])
        server.send(SIGINT)
        #expect(await server.output(with: "Ending: requests in progress are answered, in 25 s at most.") != nil)
        #expect(await server.exitCode() == 0)
    }
}
