import Contracts
import Environment
import Synchronization
import Testing
import WebServer

/// `/health`, `/health/live` and `/health/ready`.
struct HealthTests {
    @Test func partsThatDoNotWorkAreNamed() async throws {
        let works = Flag(true)
        var options = WebWorld.Options()
        options.healthChecks = [
            HealthCheck("database") { if !works.value { throw TestClientError.noAnswer } },
            HealthCheck("cache", isEssential: false) { throw TestClientError.noAnswer },
        ]
        try await WebWorld.with(options) { world in
            let health = try await world.client.get("/health")
            #expect(health.status == 200)
            let object = try health.object()
            #expect(object["status"] == "degraded" && object["version"] == "1.2.3")
            #expect(object["checks"] == ["database": "ok", "cache": "failed"])
            #expect(try await world.client.get("/health/ready").status == 200)
            works.value = false
            world.time.advance(by: .seconds(1))
            #expect(try await world.client.get("/health/ready").status == 503)
            #expect(try await world.client.get("/health/ready").status == 503)
            #expect(try await world.client.get("/health/live").status == 200)
            works.value = true
            world.time.advance(by: .seconds(1))
            #expect(try await world.client.get("/health/ready").status == 200)
            // A line when something begins to fail and one when it works again, however often it is asked.
            let lines = world.log.all.filter { $0.contains("ealthy") }
            #expect(lines.count { $0.contains("Not healthy check=cache") } == 1)
            #expect(lines.count { $0.contains("Not healthy check=database") } == 1)
            #expect(lines.count { $0.contains("Healthy again") && $0.contains("check=database") } == 1)
            #expect(lines.count == 3)
        }
    }

    @Test func manyWhoAskAreAnsweredByOneCheckASecond() async throws {
        let asked = Mutex(0)
        let counter = HealthCheck("database") { asked.withLock { $0 += 1 } }
        var options = WebWorld.Options()
        options.healthChecks = [counter]
        try await WebWorld.with(options) { world in
            for second in 1...3 {
                try await withThrowingTaskGroup(of: Int.self) { group in
                    for number in 0..<20 {
                        let path = number % 2 == 0 ? "/health" : "/health/ready"
                        group.addTask { try await world.client.get(path).status }
                    }
                    for try await status in group { #expect(status == 200) }
                }
                #expect(asked.withLock { $0 } == second)
                world.time.advance(by: .seconds(1))
            }
        }
    }

    @Test func partThatDoesNotAnswerIsNotWaitedFor() async throws {
        var options = WebWorld.Options()
        options.healthChecks = [HealthCheck("engine") { try await Task.sleep(for: .seconds(3600)) }]
        try await WebWorld.with(options) { world in
            async let answer = world.client.get("/health")
            await world.time.untilSomebodySleeps(upTo: .seconds(2))
            world.time.advance(by: .seconds(2))
            let checks = try await answer.object()["checks"]
            #expect(checks == ["engine": "failed"])
        }
    }

    /// As a database does whose connection is dead.
    @Test func partThatHangsIsNotAskedAgainBeforeItHasAnswered() async throws {
        let asked = Mutex(0)
        let hanging = Signal()
        let check = HealthCheck("database") {
            asked.withLock { $0 += 1 }
            // Heeds nobody.
            await Task { await hanging.wait(after: 0) }.value
        }
        var options = WebWorld.Options()
        options.healthChecks = [check]
        try await WebWorld.with(options) { world in
            async let first = world.client.get("/health/ready").status
            await world.time.untilSomebodySleeps(upTo: .seconds(2))
            world.time.advance(by: .seconds(2))
            #expect(try await first == 503)
            for _ in 0..<5 {
                #expect(try await world.client.get("/health/ready").status == 503)
                world.time.advance(by: .seconds(1))
            }
            #expect(asked.withLock { $0 } == 1)
            hanging.raise()
            // It has answered by now, or is about to.
            var status = 503
            while status != 200 {
                status = try await world.client.get("/health/ready").status
                world.time.advance(by: .seconds(1))
            }
            #expect(asked.withLock { $0 } == 2)
        }
    }
}
