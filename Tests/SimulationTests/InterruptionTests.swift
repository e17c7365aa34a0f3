import Environment
import JobSystem
import Simulation
import Testing

/// Spot workers are taken away.
struct InterruptionTests {
    @Test(
        "No job is lost or written twice, however often workers are taken away",
        arguments: PolicyKind.allCases,
        [0.0, 0.5, 1.0]
    )
    func conservation(kind: PolicyKind, unannounced: Double) throws {
        let scenario = try Scenario.interrupted(unannounced: unannounced)
        let policy = PolicyComparison.policy(kind, scenario, .init())
        let result = Simulator.run(scenario, policy: policy)
        #expect(result.announcedInterruptions + result.unannouncedInterruptions > 50)
        #expect(result.submitted == result.completed + result.deadLettered)
        #expect(result.lost == 0)
        #expect(result.duplicated == 0)
        #expect(result.unfinished == 0)
    }

    @Test("A worker with notice ends its jobs if it has the time, and hands them back if not")
    func notice() throws {
        func redone(_ drainTimeout: Duration) throws -> Double {
            let scenario = try Scenario.interrupted(unannounced: 0) { $0.drainTimeout = drainTimeout }
            return Simulator.run(scenario, policy: FixedPolicy(workers: 8)).redoneWords
        }
        #expect(try redone(.seconds(86_400)) == 0)
        #expect(try redone(.zero) > 0)
    }

    @Test("Jobs of a worker that vanishes wait for the end of its lease")
    func leases() throws {
        func slowest(_ lease: Duration) throws -> Double {
            let scenario = try Scenario.interrupted(unannounced: 1) { $0.lease = lease }
            let result = Simulator.run(scenario, policy: FixedPolicy(workers: 12))
            return try #require(result.result(of: .critical)).turnaround.p99
        }
        #expect(try slowest(.seconds(300)) > slowest(.seconds(3)))
    }

    @Test("A job whose workers vanish once too often becomes a dead letter")
    func deadLetters() throws {
        func deadLetters(_ limit: Int) throws -> Int {
            let scenario = try Scenario.interrupted(perHour: 30, unannounced: 1) { $0.retry.crashLimit = limit }
            let result = Simulator.run(scenario, policy: FixedPolicy(workers: 8))
            #expect(result.submitted == result.completed + result.deadLettered)
            return result.deadLettered
        }
        #expect(try deadLetters(1) > 0)
        #expect(try deadLetters(100) == 0)
    }

    @Test("Workers on demand are never taken away")
    func onDemand() throws {
        let scenario = try Scenario.interrupted(perHour: 100, unannounced: 1) { $0.spotShare = 0 }
        let result = Simulator.run(scenario, policy: FixedPolicy(workers: 8))
        #expect(result.unannouncedInterruptions == 0)
        #expect(result.workersOrdered == 8)
    }
}
