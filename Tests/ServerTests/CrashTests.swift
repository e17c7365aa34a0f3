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
            "ENGINE": "simulated", "SIMULATED_TIME_PER_WORD": "4ms", "WORKER_LEASE": "3s", "CRASH_LIMIT": "100",
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

    /// Two texts kill whatever process works on them; a supervisor starts it again each time.
    @Test func jobsThatKillTheServer_becomeDeadLettersThatSaySo_andAllOthersAreCompletedOnTheirOwn() async throws {
        let server = try await RunningServer([
            "ENGINE": "simulated", "SIMULATED_TIME_PER_WORD": "4ms", "SIMULATED_POISON": "hemlock",
            "WORKER_LEASE": "3s",
        ])
        let jobs = 100
        var accepted: [String: Int] = [:]
        var deaths = 0
        var next = 0
        while next < jobs {
            let text = next == 30 || next == 60 ? "hemlock for \(next)" : "job number \(next) has these words"
            let body: [String: Any] = ["text": text, "source_language": "en", "target_language": "es"]
            guard
                let answer = try? await server.request(
                    "POST",
                    "/api/v1/translations",
                    body,
                    headers: ["Idempotency-Key": "job-\(next)"]
                ), let id = answer.json["job_id"] as? String
            else {
                try await Self.startAgain(server, &deaths)
                continue
            }
            accepted[id] = next
            next += 1
        }
        var open = Set(accepted.keys)
        while let id = open.first {
            guard let answer = try? await server.request("GET", "/api/v1/translations/\(id)") else {
                try await Self.startAgain(server, &deaths)
                continue
            }
            switch answer.json["status"] as? String {
            case "COMPLETED":
                let number = accepted[id] ?? -1
                let result = answer.json["result"] as? [String: Any]
                #expect(result?["translated_text"] as? String == "[es] words these has \(number) number job")
            case "FAILED":
                #expect(accepted[id] == 30 || accepted[id] == 60)
                #expect(answer.text.contains("worker_died") && answer.text.contains("died 3 times"), "\(answer.text)")
            default:
                // Nobody tells what becomes of it while the process dies.
                try await Task.sleep(for: .milliseconds(50))
                continue
            }
            open.remove(id)
        }
        print("poison: \(deaths) deaths")
        #expect(await server.stop() == 0)
    }

    /// Starts a server that has died, and again where it dies of the next job before it can say that it is there.
    private static func startAgain(_ server: RunningServer, _ deaths: inout Int) async throws {
        while true {
            deaths += 1
            try #require(deaths <= 6, "each of the two kills three processes at most")
            await server.waitForItsEnd()
            do {
                return try await server.start()
            } catch is RunningServer.Failure {}
        }
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
