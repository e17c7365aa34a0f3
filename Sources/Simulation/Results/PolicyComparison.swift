/// Policies side by side: the same jobs, the same kind of workers.
package struct PolicyComparison: Sendable {
    /// What the policies are set to.
    package struct Settings: Sendable {
        package var policies = PolicyKind.allCases
        /// Workers of the fixed policy; `nil`: the fewest that reach `target` in every class.
        package var fixedWorkers: Int?
        /// The share of each class's jobs that are to end within their service level.
        package var target = 0.99
        /// Jobs for each worker, for the policy by queue depth; `nil`: one and a half. More than one are worth it as
        /// chance would else leave workers idle; how many more is a matter of service levels.
        package var jobsPerWorker = 1.5
        /// For the policy by utilisation.
        package var targetUtilisation = 0.7
        /// For the policies that look ahead: workers in reserve for each square root of those needed.
        package var reserve = 1.0

        package init() {}

        func validate() throws(SimulationError) {
            try SimulationError.check(Double(fixedWorkers ?? 1), "number of workers", 1...500)
            try SimulationError.check(target, "share to be met", 0.01...1)
            try SimulationError.check(jobsPerWorker, "number of jobs for each worker", 0.01...10_000)
            try SimulationError.check(targetUtilisation, "target of the utilisation", 0.01...1)
            try SimulationError.check(reserve, "reserve", 0...100)
        }
    }

    package let results: [SimulationResult]
    /// The fewest workers on demand, all day, that reach the target; or as many as were tried, if none did.
    package let baseline: SimulationResult

    /// Simulates every policy, and fixed numbers until the fewest that suffice is found.
    /// - Throws: `SimulationError` if a setting is out of its range.
    package init(_ scenario: Scenario, _ settings: Settings = Settings()) throws(SimulationError) {
        try settings.validate()
        try scenario.fleet.validate()
        let baseline = Self.fewestFixed(scenario, target: settings.target)
        self.baseline = baseline
        results = settings.policies.map { kind in
            guard kind == .fixed else {
                return Simulator.run(scenario, policy: Self.policy(kind, scenario, settings))
            }
            return settings.fixedWorkers.map { Self.fixed($0, scenario) } ?? baseline
        }
    }

    /// The share of the baseline's cost that a result saves; negative if it costs more.
    package func saving(of result: SimulationResult) -> Double {
        baseline.dollars > 0 ? 1 - result.dollars / baseline.dollars : 0
    }

    /// The share of the baseline's worker hours that a result saves.
    package func savingOfHours(of result: SimulationResult) -> Double {
        baseline.workerHours > 0 ? 1 - result.workerHours / baseline.workerHours : 0
    }

    /// A policy as it is set for a scenario.
    package static func policy(
        _ kind: PolicyKind,
        _ scenario: Scenario,
        _ settings: Settings
    ) -> any ScalingPolicy {
        let fleet = scenario.fleet
        switch kind {
        case .fixed: return FixedPolicy(workers: settings.fixedWorkers ?? fleet.maximum)
        case .queueDepth: return QueueDepthPolicy(jobsPerWorker: settings.jobsPerWorker)
        case .cpu: return UtilisationPolicy(target: settings.targetUtilisation)
        case .serviceLevel: return ServiceLevelPolicy(fleet: fleet, reserve: settings.reserve)
        case .forecast:
            let load = scenario.load
            return ForecastPolicy(fleet: fleet, reserve: settings.reserve) { load.foreseenSpeed(at: $0) ?? 0 }
        }
    }

    /// That many workers on demand, all the time.
    package static func fixed(_ workers: Int, _ scenario: Scenario) -> SimulationResult {
        var scenario = scenario
        (scenario.fleet.minimum, scenario.fleet.maximum) = (workers, workers)
        return Simulator.run(scenario, policy: FixedPolicy(workers: workers))
    }

    /// By halving, as more workers never do worse.
    private static func fewestFixed(_ scenario: Scenario, target: Double) -> SimulationResult {
        var low = 1
        var high = min(500, 2 * scenario.fleet.maximum)
        var best = fixed(high, scenario)
        guard best.meets(target) else { return fixed(scenario.fleet.maximum, scenario) }
        while low < high {
            let middle = (low + high) / 2
            let result = fixed(middle, scenario)
            if result.meets(target) {
                (best, high) = (result, middle)
            } else {
                low = middle + 1
            }
        }
        return best
    }
}
