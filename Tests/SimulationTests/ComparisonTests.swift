import Environment
import Foundation
import JobSystem
import Simulation
import Testing

struct ComparisonTests {
    private static let comparison = Result {
        var load = RandomLoad()
        load.wordsPerDay = 5_000_000
        return try PolicyComparison(try Scenario(load: .random(load), fleet: FleetSettings(), seed: 4))
    }

    @Test("The baseline is the fewest workers that reach the target")
    func baseline() throws {
        var load = RandomLoad()
        load.wordsPerDay = 5_000_000
        let scenario = try Scenario(load: .random(load), fleet: FleetSettings(), seed: 4)
        let fewest = try Self.comparison.get().baseline
        #expect(fewest.meets(0.99))
        #expect(!PolicyComparison.fixed(fewest.mostWorkers - 1, scenario).meets(0.99))
    }

    @Test(
        "Every policy that follows the load serves as well as fixed workers and costs less",
        arguments: PolicyKind.allCases
    )
    func savings(kind: PolicyKind) throws {
        let comparison = try Self.comparison.get()
        let result = try #require(comparison.results.first { $0.policy == kind })
        #expect(result.meets(0.99))
        let saving = comparison.saving(of: result)
        #expect(kind == .fixed ? saving == 0 : saving > 0.2)
    }

    @Test("Policies that look ahead wait less on a day of offices than one that sees only its queue")
    func lookingAhead() throws {
        let comparison = try Self.comparison.get()
        func wait(_ kind: PolicyKind) throws -> Double {
            try #require(comparison.results.first { $0.policy == kind }).wait.p99
        }
        #expect(try wait(.forecast) < wait(.queueDepth))
        #expect(try wait(.serviceLevel) < wait(.queueDepth))
    }

    @Test("Cost is hours times price, spot cheaper, and never less than a minute's")
    func prices() throws {
        let result = PolicyComparison.fixed(3, try .jobs([(0, 0, 3600)], fleet: .steady(3)))
        #expect(abs(result.dollars - 3 * 0.526) < 1e-9)
        #expect(abs(result.dollarsPerThousandWords - 3 * 0.526 / 3.6) < 1e-9)
        #expect(abs(PriceList().dollars(for: 7200, .spot) - 2 * 0.526 * 0.3) < 1e-12)
        #expect(PriceList().dollars(for: 1, .onDemand) == PriceList().dollars(for: 60, .onDemand))
    }

    @Test("The report has a row and a line of bars for each policy, valid JSON, and CSV of one width")
    func report() throws {
        let report = ComparisonReport(try Self.comparison.get())
        for kind in PolicyKind.allCases {
            #expect(report.table.split(separator: "\n").count { $0.hasPrefix(kind.rawValue) } == 2)
        }
        let json = try #require(try JSONSerialization.jsonObject(with: Data(try report.json().utf8)) as? [String: Any])
        #expect((json["results"] as? [Any])?.count == PolicyKind.allCases.count)
        let lines = report.csv.split(separator: "\n")
        #expect(lines.count > 1440 * PolicyKind.allCases.count)
        #expect(lines.allSatisfy { $0.count { $0 == "," } == 5 })
    }

    @Test("A policy's setting out of range is refused, by name")
    func badSettings() throws {
        var settings = PolicyComparison.Settings()
        settings.jobsPerWorker = 0
        let scenario = try Scenario(load: .trace([]), fleet: FleetSettings(), seed: 1)
        let error = #expect(throws: SimulationError.self) { try PolicyComparison(scenario, settings) }
        #expect(error?.message.contains("jobs for each worker") == true)
    }

    @Test(
        "Bars show the highest of their share, and none has no height",
        arguments: [
            ([0, 7], 2, "▁█"), ([0, 0, 7, 7], 2, "▁█"), ([0, 7, 0, 0], 2, "█▁"), ([], 5, ""), ([1], 0, ""),
            ([-3, 1], 2, "▁█"),
        ] as [([Double], Int, String)]
    )
    func sparkline(values: [Double], width: Int, expected: String) {
        #expect(Sparkline(values, width: width).description == expected)
    }
}
