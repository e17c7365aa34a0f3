import Simulation
import Testing

/// The simulator against closed formulas.
struct TheoryTests {
    @Test(
        "Erlang's C formula gives its textbook values",
        arguments: [(1, 0.5, 0.5), (2, 1.0, 1.0 / 3), (10, 8.0, 0.4092)]
    )
    func erlang(servers: Int, load: Double, probability: Double) {
        #expect(abs(Theory.waitingProbability(servers: servers, load: load) - probability) < 5e-5)
    }

    @Test(
        "Poisson arrivals and exponential lengths wait as long as Erlang's C formula says",
        arguments: [(1, 0.5), (1, 0.8), (2, 0.8), (5, 0.7), (10, 0.9)]
    )
    func waitsAgreeWithErlang(workers: Int, utilisation: Double) throws {
        let result = try Self.queue(workers: workers, utilisation: utilisation, jobs: 1_000_000)
        let expected = Theory.meanWait(servers: workers, load: utilisation * Double(workers)) * 10
        #expect(abs(result.wait.mean / expected - 1) < 0.05)
        #expect(abs((1 - result.idleShare) / utilisation - 1) < 0.02)
    }

    @Test("Jobs present are arrivals per second times the mean time in the system (Little's law)", arguments: 1...3)
    func littlesLaw(seed: UInt64) throws {
        let result = try Self.queue(workers: 3, utilisation: 0.9, jobs: 20_000, seed: seed)
        let arrivalsPerSecond = Double(result.submitted) / result.seconds
        let expected = arrivalsPerSecond * result.turnaround.mean
        #expect(abs(result.meanJobsPresent / expected - 1) < 1e-6)
    }

    /// Jobs of 10 s in the mean, spread over as much of a year as it takes.
    private static func queue(
        workers: Int,
        utilisation: Double,
        jobs: Double,
        seed: UInt64 = 7
    ) throws -> SimulationResult {
        var load = RandomLoad()
        load.curve = .flat
        load.mix = .exponential(mean: 10)
        load.wordsPerDay = utilisation * Double(workers) * 86_400
        load.days = jobs * 10 / load.wordsPerDay
        let scenario = try Scenario(load: .random(load), fleet: .steady(workers), seed: seed)
        return Simulator.run(scenario, policy: FixedPolicy(workers: workers))
    }
}
