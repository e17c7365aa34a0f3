import Foundation
import ServerFixture
import Testing

/// A server that is killed again and again loses nothing that it accepted, and does nothing twice to the end.
@Suite(.timeLimit(.minutes(20)))
struct CrashTests {
    private static let jobs = 500
    private static let kills = 10

    @Test func everyAcceptedJob_isCompletedOnce() async throws {
        let begin = ContinuousClock.now
        let server = try await RunningServer([
            "ENGINE": "simulated", "SIMULATED_TIME_PER_WORD": "4ms", "WORKER_LEASE": "3s", "RETRY_LIMIT": "100",
            "ENTERPRISE_REQUESTS_PER_MINUTE": "10000000",
        ])
        var random = SystemRandomNumberGenerator()
        var accepted: [String: Int] = [:]
        var next = 0
        var kills = 0
        while accepted.count < Self.jobs || kills < Self.kills {
            // Some jobs, then a kill while they are worked on, or while they are being submitted.
            let share = min(Self.jobs - accepted.count, Self.jobs / Self.kills + 5)
            let delay = Duration.milliseconds(Int.random(in: 20...600, using: &random))
            let process = server.processID
            async let killing: Void = Self.kill(process, after: delay)
            for _ in 0..<share {
                let body: [String: Any] = [
                    "text": "job number \(next) has these words", "source_language": "en", "target_language": "es",
                ]
                // The key makes a request that may have been accepted safe to repeat.
                let headers = ["Idempotency-Key": "job-\(next)"]
                guard
                    let answer = try? await server.request("POST", "/api/v1/translations", body, headers: headers),
                    let id = answer.json["job_id"] as? String
                else { break }
                #expect(answer.status == 202)
                accepted[id] = next
                next += 1
            }
            await killing
            await server.waitForItsEnd()
            kills += 1
            try await server.start()
        }
        let attempts = try await Self.waitForAll(accepted, server)
        print(
            "crash test: \(kills) kills, \(accepted.count) jobs, \(attempts) attempts, \(ContinuousClock.now - begin)"
        )
        #expect(await server.stop() == 0)
    }

    /// Ends the process at once, as a power failure would.
    private static func kill(_ process: Int32, after delay: Duration) async {
        try? await Task.sleep(for: delay)
        Foundation.kill(process, SIGKILL)
    }

    /// Waits for every job's result, compares it, and adds up their attempts.
    private static func waitForAll(_ accepted: [String: Int], _ server: RunningServer) async throws -> Int {
        var attempts = 0
        for (id, number) in accepted {
            var answer = try await server.request("GET", "/api/v1/translations/\(id)")
            while answer.json["status"] as? String != "COMPLETED" {
                let status = try #require(answer.json["status"] as? String, "\(answer.status) \(answer.text)")
                try #require(status == "QUEUED" || status == "PROCESSING", "\(answer.text)")
                try await Task.sleep(for: .milliseconds(50))
                answer = try await server.request("GET", "/api/v1/translations/\(id)")
            }
            let result = answer.json["result"] as? [String: Any]
            #expect(result?["translated_text"] as? String == "[es] words these has \(number) number job")
            attempts += answer.json["attempt"] as? Int ?? 0
        }
        return attempts
    }
}
