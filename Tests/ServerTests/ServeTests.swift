import Foundation
import ServerFixture
import Testing

/// The server as a process: what a new user sees, and how it ends.
@Suite(.timeLimit(.minutes(20)))
struct ServeTests {
    @Test func newServer_translatesAtOnce() async throws {
        let server = try await RunningServer()
        let body: [String: Any] = ["text": "Good morning.", "source_language": "en", "target_language": "es"]
        let answer = try await server.request("POST", "/api/v1/translate", body)
        #expect(answer.status == 200)
        #expect((answer.json["translated_text"] as? String)?.isEmpty == false, "\(answer.text)")
        let health = try await server.request("GET", "/health")
        #expect(health.json["status"] as? String == "ok", "\(health.text)")
        #expect(await server.stop() == 0)
    }

    @Test func dataFolder_isForItsOwnerAlone() async throws {
        let server = try await RunningServer(["ENGINE": "simulated"])
        for (name, mode) in [("data", 0o700), ("data/dragoman.sqlite", 0o600), ("data/secret.key", 0o600)] {
            let attributes = try FileManager.default.attributesOfItem(atPath: server.folder + "/" + name)
            #expect(attributes[.posixPermissions] as? Int == mode, "\(name)")
        }
    }

    @Test func firstAccount_endsLocalMode() async throws {
        let server = try await RunningServer(["ENGINE": "simulated"])
        #expect(try await server.request("GET", "/auth/me").status == 200)
        let made = try await server.run("users", "add", "ada@example.org", "--admin", input: "correct horse battery\n")
        #expect(made.code == 0)
        // The server looks once a second.
        let (clock, begin) = (ContinuousClock(), ContinuousClock.now)
        while try await server.request("GET", "/auth/me").status == 200, clock.now - begin < .seconds(10) {}
        #expect(try await server.request("GET", "/auth/me").status == 401)
        let login = try await server.request(
            "POST",
            "/auth/login",
            ["email": "ada@example.org", "password": "correct horse battery"]
        )
        let token = try #require(login.json["access_token"] as? String, "\(login.text)")
        let me = try await server.request("GET", "/auth/me", headers: ["Authorization": "Bearer \(token)"])
        #expect(me.json["email"] as? String == "ada@example.org", "\(me.text)")
        let key = try await server.run("keys", "create", "ada@example.org")
        let secret = key.output.trimmingCharacters(in: .whitespacesAndNewlines)
        #expect(secret.hasPrefix("dgm_"))
        #expect(
            try await server.request("GET", "/auth/me", headers: ["Authorization": "Bearer \(secret)"]).status == 200
        )
    }

    @Test func othersMustNotReachAServerWithoutAccounts() async throws {
        let error = await #expect(throws: RunningServer.Failure.self) {
            _ = try await RunningServer(["ENGINE": "simulated", "API_HOST": "0.0.0.0"])
        }
        #expect(error?.message.contains("api_host is '0.0.0.0'") == true)
    }

    @Test func wrongSettings_areAllNamed() async throws {
        let error = await #expect(throws: RunningServer.Failure.self) {
            _ = try await RunningServer(["ENGINE": "magic", "MAX_QUEUE": "0"])
        }
        #expect(error?.message.contains("engine is 'magic'") == true)
        #expect(error?.message.contains("max_queue is '0'") == true)
    }

    @Test func ending_givesJobsBack() async throws {
        let server = try await RunningServer([
            "ENGINE": "simulated", "SIMULATED_TIME_PER_WORD": "30s", "SHUTDOWN_TIMEOUT": "3s",
        ])
        let body: [String: Any] = ["text": "a long one", "source_language": "en", "target_language": "es"]
        let job = try await server.request("POST", "/api/v1/translations", body)
        let id = try #require(job.json["job_id"] as? String)
        var status = ""
        while status != "PROCESSING" {
            status = try await server.request("GET", "/api/v1/translations/\(id)").json["status"] as? String ?? ""
        }
        let begin = ContinuousClock.now
        #expect(await server.stop() == 0)
        #expect(ContinuousClock.now - begin < .seconds(30))
        try await server.start()
        let again = try await server.request("GET", "/api/v1/translations/\(id)")
        #expect(["QUEUED", "PROCESSING"].contains(again.json["status"] as? String ?? ""), "\(again.text)")
    }

    @Test func backup_isCompleteAndCanBeRestored() async throws {
        let server = try await RunningServer(["ENGINE": "simulated", "SIMULATED_TIME_PER_WORD": "0s"])
        func submit(_ text: String) async throws -> String {
            let body: [String: Any] = ["text": text, "source_language": "en", "target_language": "es"]
            let job = try await server.request("POST", "/api/v1/translations", body, headers: ["Prefer": "wait=10"])
            return try #require(job.json["job_id"] as? String, "\(job.text)")
        }
        let before = try await submit("before the backup")
        let file = server.folder + "/copy.sqlite"
        #expect(try await server.run("backup", file).code == 0)
        #expect(try await server.run("backup", file).code == 73)
        let after = try await submit("after the backup")
        #expect(try await server.run("restore", file).code != 0, "a running server's database was replaced")
        #expect(await server.stop() == 0)
        #expect(try await server.run("restore", file).code == 0)
        try await server.start()
        #expect(try await server.request("GET", "/api/v1/translations/\(before)").status == 200)
        #expect(try await server.request("GET", "/api/v1/translations/\(after)").status == 404)
    }

    @Test func webhook_isToldAndItsDeliveryListed() async throws {
        let server = try await RunningServer([
            "ENGINE": "simulated", "SIMULATED_TIME_PER_WORD": "0s", "WEBHOOK_ALLOW_PRIVATE": "true",
        ])
        // Something that answers, though not with what a receiver should.
        let body: [String: Any] = [
            "text": "hello", "source_language": "en", "target_language": "es",
            "webhook_url": server.address + "/health",
        ]
        let job = try await server.request("POST", "/api/v1/translations", body)
        let path = "/api/v1/translations/\(try #require(job.json["job_id"] as? String))/webhooks"
        var delivery: [String: Any] = [:]
        while delivery["status"] as? Int == nil {
            let items = try await server.request("GET", path).json["items"] as? [[String: Any]]
            delivery = items?.first ?? [:]
        }
        #expect(delivery["status"] as? Int == 405 && delivery["state"] as? String == "pending", "\(delivery)")
        #expect(delivery["next_at"] is String)
        let secret = try await server.request("GET", "/api/v1/webhook-secret").json["secret"] as? String
        #expect(secret?.hasPrefix("whsec_") == true)
        #expect(await server.stop() == 0)
        try await server.start()
        #expect(try await server.request("GET", "/api/v1/webhook-secret").json["secret"] as? String == secret)
    }
}
