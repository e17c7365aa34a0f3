internal import Environment

/// Where a simulation's jobs come from.
package enum Load: Sendable {
    /// Jobs at random, as many as the day's curve says.
    case random(RandomLoad)
    /// Exactly these, in order of time, such as those of a measurement.
    case trace([Arrival])

    /// How long jobs come in.
    package var length: Duration {
        switch self {
        case .random(let load): .seconds(load.days * 86_400)
        case .trace(let arrivals): arrivals.last?.time ?? .zero
        }
    }

    /// What is known beforehand: words a second at that time. `nil`: nothing.
    package func foreseenSpeed(at seconds: Double) -> Double? {
        guard case .random(let load) = self else { return nil }
        return load.meanSpeed * load.curve.foreseen.relativeLoad(at: seconds)
    }

    /// - Throws: `SimulationError` `.invalidSetting` or `.tooLarge`.
    func validate() throws(SimulationError) {
        if case .random(let load) = self { try load.validate() }
    }
}

/// Jobs that come in at random and independently of each other, more of them at some hours than at others.
package struct RandomLoad: Sendable {
    package var curve = DayCurve.office
    /// In a day without its surge.
    package var wordsPerDay = 20_000_000.0
    package var days = 1.0
    package var mix = JobMix.usual

    package init() {}

    /// Words a second in the mean of a day without its surge.
    package var meanSpeed: Double { wordsPerDay / 86_400 }

    /// Jobs that may be expected.
    package var expectedJobs: Double { wordsPerDay * days / mix.meanWords * max(1, curve.highestLoad) }

    func validate() throws(SimulationError) {
        try SimulationError.check(wordsPerDay, "number of words a day", 1...1e12)
        try SimulationError.check(days, "number of days", 0.001...366)
        guard expectedJobs < Double(Arrival.most) else {
            throw SimulationError(
                .tooLarge,
                "'\(Int(wordsPerDay))' words a day for '\(days)' days are more than '\(Arrival.most)' jobs, which is "
                    + "the most allowed; expected fewer words or days."
            )
        }
    }

    /// Every job, in order of time: a Poisson process whose rate follows the curve, by thinning (Lewis, Shedler 1979):
    /// candidates come at the highest rate, and each stays with the probability of its time's rate over the highest.
    package func arrivals(seed: UInt64) -> [Arrival] {
        var gaps = SeededGenerator(seed: seed, stream: 1)
        var kinds = SeededGenerator(seed: seed, stream: 2)
        let jobsPerSecond = meanSpeed / mix.meanWords
        let highest = curve.highestLoad
        let end = days * 86_400
        var arrivals: [Arrival] = []
        var time = gaps.exponential() / (jobsPerSecond * highest)
        while time < end, arrivals.count < Arrival.most {
            if gaps.unit() * highest < curve.relativeLoad(at: time) {
                let (priority, words) = mix.draw(&kinds)
                arrivals.append(Arrival(time: .seconds(time), priority: priority, words: words))
            }
            time += gaps.exponential() / (jobsPerSecond * highest)
        }
        return arrivals
    }
}
