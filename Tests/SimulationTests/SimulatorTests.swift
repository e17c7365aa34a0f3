import Environment
import JobSystem
import Simulation
import Testing

struct SimulatorTests {
    @Test("The same scenario and policy give the same result, another seed another")
    func determinism() throws {
        func report(seed: UInt64) throws -> String {
            let scenario = try Scenario.interrupted(seed: seed, unannounced: 0.5)
            return try ComparisonReport(try PolicyComparison(scenario)).json()
        }
        let first = try report(seed: 1)
        #expect(try report(seed: 1) == first)
        #expect(try report(seed: 2) != first)
    }

    @Test("An urgent job goes before earlier ones that wait")
    func urgentFirst() throws {
        // Two are being worked on when the urgent one comes as the last of three that wait.
        let scenario = try Scenario.jobs(
            [(0, 0, 10), (0, 0, 10), (1, 0, 10), (2, 0, 10), (3, 100, 10)],
            fleet: .steady(2)
        )
        let result = Simulator.run(scenario, policy: FixedPolicy(workers: 2))
        #expect(result.result(of: .critical)?.turnaround.p50 == 17)
        #expect(result.result(of: .standard)?.turnaround.p99 == 28)
    }

    @Test("A job that has waited long goes before an urgent newcomer")
    func ageing() throws {
        // Due at 600 s, and the urgent one, submitted at 590 s, at 620 s.
        let scenario = try Scenario.jobs([(0, 0, 1000), (0.001, 0, 10), (590, 90, 10)], fleet: .steady(1))
        let result = Simulator.run(scenario, policy: FixedPolicy(workers: 1))
        #expect(result.result(of: .critical).map { Int($0.turnaround.p50) } == 430)
    }

    @Test("A worker with several slots interrupts a long job for an urgent one and loses nothing", arguments: [1, 2])
    func slots(slots: Int) throws {
        let scenario = try Scenario.jobs([(0, 0, 100), (10, 95, 5)], fleet: .steady(1, slots: slots))
        let result = Simulator.run(scenario, policy: FixedPolicy(workers: 1))
        #expect(result.result(of: .critical)?.turnaround.p50 == (slots == 1 ? 95 : 5))
        #expect(result.result(of: .standard)?.turnaround.p50 == (slots == 1 ? 100 : 105))
        #expect(result.redoneWords == 0)
    }

    @Test("A worker that is ordered claims after its start-up delay, and is paid for from its order")
    func startUpDelay() throws {
        var fleet = FleetSettings.steady(1)
        fleet.maximum = 2
        fleet.spotShare = 0
        fleet.startUpDelay = .seconds(100)
        let scenario = try Scenario.jobs([(0, 0, 500), (0, 0, 50)], fleet: fleet)
        let result = Simulator.run(scenario, policy: QueueDepthPolicy(jobsPerWorker: 1))
        // Ordered at the look after 15 s; last wanted at 150 s, as its job ends at 165 s; given back five minutes
        // later.
        #expect(result.wait.p99 == 115)
        #expect(abs(result.workerHours * 3600 - (500 + 435)) < 1e-6)
    }

    @Test("A day without jobs costs the fewest workers and translates nothing")
    func empty() throws {
        let scenario = try Scenario(load: .trace([]), fleet: FleetSettings(), seed: 1)
        let result = Simulator.run(scenario, policy: FixedPolicy(workers: 2))
        #expect(result.submitted == 0)
        #expect(result.dollarsPerThousandWords == 0)
    }

    @Test("A fleet that never catches up is stopped, and what is left is counted")
    func overload() throws {
        let jobs = (0..<200).map { (Double($0), 0, 1000.0) }
        let result = Simulator.run(try .jobs(jobs, fleet: .steady(1)), policy: FixedPolicy(workers: 1))
        #expect(result.unfinished == 200 - result.completed)
        #expect(result.completed == 86)
        #expect(result.lost == 0)
        #expect(!result.meets(0.01))
    }
}
