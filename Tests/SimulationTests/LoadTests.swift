import JobSystem
import Simulation
import Testing

struct LoadTests {
    @Test(
        "The load of a day has mean 1 and never exceeds its highest",
        arguments: ["office", "flat", "1,2,5,2", "0,1"]
    )
    func curvesHaveMeanOne(text: String) throws {
        let curve = try DayCurve(text)
        let loads = (0..<86_400).map { curve.relativeLoad(at: Double($0)) }
        #expect(abs(loads.reduce(0, +) / 86_400 - 1) < 1e-6)
        #expect(loads.allSatisfy { $0 <= curve.highestLoad + 1e-9 })
    }

    @Test("A surge multiplies the load while it lasts, and is not foreseen")
    func surge() throws {
        let burst = try DayCurve("burst")
        #expect(burst.relativeLoad(at: 14.25 * 3600) == 2 * burst.foreseen.relativeLoad(at: 14.25 * 3600))
        #expect(burst.relativeLoad(at: 14.75 * 3600) == burst.foreseen.relativeLoad(at: 14.75 * 3600))
        #expect(burst.foreseen == .office)
    }

    @Test("A curve that is none is refused", arguments: ["", "monday", "1", "1,-1", "0,0", "1,nan", "1,inf", "1,,2"])
    func badCurves(text: String) {
        #expect(throws: SimulationError.self) { try DayCurve(text) }
    }

    @Test("A curve of too many weights is refused")
    func longCurve() {
        let text = Array(repeating: "1", count: 1441).joined(separator: ",")
        #expect(throws: SimulationError.self) { try DayCurve(text) }
    }

    @Test(
        "Drawn lengths have the mean that the distribution promises",
        arguments: [
            LengthDistribution.logNormal(median: 200, deviation: 1.3, most: 15_000),
            .logNormal(median: 30, deviation: 0.8, most: 40), .exponential(mean: 12), .constant(7),
        ]
    )
    func meansAgree(length: LengthDistribution) {
        var chance = SeededGenerator(seed: 5)
        let sum = (0..<200_000).reduce(0.0) { sum, _ in sum + length.draw(&chance) }
        #expect(abs(sum / 200_000 / length.mean - 1) < 0.015)
    }

    @Test("Arrivals follow the curve, hour by hour")
    func arrivalsFollowTheCurve() throws {
        var load = RandomLoad()
        load.days = 4
        let arrivals = load.arrivals(seed: 3)
        let jobsPerHour = load.meanSpeed / load.mix.meanWords * 3600
        for hour in 0..<24 {
            let count = arrivals.count { Int($0.time.components.seconds) / 3600 % 24 == hour }
            let middle = load.curve.relativeLoad(at: (Double(hour) + 0.5) * 3600)
            let edges =
                load.curve.relativeLoad(at: Double(hour) * 3600)
                + load.curve.relativeLoad(at: Double(hour + 1) * 3600)
            let expected = jobsPerHour * 4 * (edges / 4 + middle / 2)
            #expect(abs(Double(count) - expected) < 5 * expected.squareRoot(), "hour \(hour)")
        }
        #expect(arrivals.map(\.time) == arrivals.map(\.time).sorted())
    }

    @Test("A mix has the shares it was given")
    func mix() {
        let arrivals = RandomLoad().arrivals(seed: 2)
        for (priorityClass, share) in [(PriorityClass.critical, 0.1), (.high, 0.3), (.standard, 0.6)] {
            let count = arrivals.count { $0.priority.priorityClass == priorityClass }
            #expect(abs(Double(count) / Double(arrivals.count) - share) < 0.01)
        }
    }

    @Test("A trace is read line by line, comments passed over")
    func trace() throws {
        let arrivals = try Arrival.trace("# seconds,score,words\n0.5,95,12\n\n2,0,400\n")
        #expect(arrivals.map(\.words) == [12, 400])
        #expect(arrivals.map(\.priority.priorityClass) == [.critical, .standard])
        #expect(arrivals[0].time == .milliseconds(500))
    }

    @Test(
        "A faulty line of a trace is named",
        arguments: ["1,2", "1,101,5", "1,50,0", "1,50,1e9", "-1,50,5", "x,50,5", "1,50,5,6", "1e300,50,5", "nan,50,5"]
    )
    func badTraces(line: String) {
        let error = #expect(throws: SimulationError.self) { try Arrival.trace("0,50,5\n" + line) }
        #expect(error?.message.contains("Line 2") == true)
    }

    @Test("A trace that goes back in time is refused")
    func backwards() {
        #expect(throws: SimulationError.self) { try Arrival.trace("5,50,5\n4,50,5") }
    }

    @Test("More jobs than a simulation may have are refused")
    func tooMany() {
        var load = RandomLoad()
        load.wordsPerDay = 1e12
        let error = #expect(throws: SimulationError.self) { try Scenario(load: .random(load), fleet: .init(), seed: 1) }
        #expect(error?.code == .tooLarge)
    }

    @Test("Settings out of range are refused, by name")
    func badFleet() {
        var fleet = FleetSettings()
        fleet.maximum = 1
        let error = #expect(throws: SimulationError.self) {
            try Scenario(load: .trace([]), fleet: fleet, seed: 1)
        }
        #expect(error?.message.contains("lowest number of workers") == true)
    }
}
