internal import Environment

/// Everything that a simulation depends on except its policy: the same scenario and policy give the same result.
package struct Scenario: Sendable {
    package let load: Load
    package var fleet: FleetSettings
    package let seed: UInt64
    /// How often the autoscaler looks.
    package var scalingInterval = Duration.seconds(15)
    /// Every job that comes in, in order of time.
    package let arrivals: [Arrival]

    /// Draws the jobs.
    /// - Throws: `SimulationError` if a setting is out of its range.
    package init(load: Load, fleet: FleetSettings, seed: UInt64) throws(SimulationError) {
        try load.validate()
        try fleet.validate()
        self.load = load
        self.fleet = fleet
        self.seed = seed
        switch load {
        case .random(let load): arrivals = load.arrivals(seed: seed)
        case .trace(let trace): arrivals = trace
        }
    }
}
