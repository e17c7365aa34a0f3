import Environment
import JobSystem
import Simulation

extension Scenario {
    /// Jobs given one by one as seconds after the begin, score and words.
    static func jobs(_ jobs: [(Double, Int, Double)], fleet: FleetSettings) throws -> Scenario {
        let trace = jobs.map { "\($0.0),\($0.1),\($0.2)" }.joined(separator: "\n")
        return try Scenario(load: .trace(try Arrival.trace(trace)), fleet: fleet, seed: 1)
    }

    /// The day of offices with a tenth of the usual words, on workers that are often taken away.
    static func interrupted(
        seed: UInt64 = 1,
        perHour: Double = 6,
        unannounced: Double,
        change: (inout FleetSettings) -> Void = { _ in }
    ) throws -> Scenario {
        var load = RandomLoad()
        load.wordsPerDay = 4_000_000
        var fleet = FleetSettings()
        fleet.interruptionsPerHour = perHour
        fleet.unannouncedShare = unannounced
        change(&fleet)
        return try Scenario(load: .random(load), fleet: fleet, seed: seed)
    }
}

extension FleetSettings {
    /// Workers of one word a second and one job at a time, there from the begin and for ever.
    static func steady(_ workers: Int, wordsPerSecond: Double = 1, slots: Int = 1) -> FleetSettings {
        var fleet = FleetSettings()
        (fleet.minimum, fleet.maximum) = (workers, workers)
        fleet.wordsPerSecond = wordsPerSecond
        fleet.slots = slots
        return fleet
    }
}

extension SimulationResult {
    func result(of priorityClass: PriorityClass) -> ClassResult? {
        classes.first { $0.priorityClass == priorityClass }
    }
}
