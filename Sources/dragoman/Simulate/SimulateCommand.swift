import ArgumentParser
import Environment
import Foundation
import Simulation

/// `dragoman simulate`.
struct SimulateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Simulates a day of jobs on workers that come and go, and compares ways to decide how many.",
        discussion: """
            Columns: jobs that ended within their class's service level, waits until a worker began, most workers at a \
            time, worker hours paid for and the share of them without work, cost, and what is saved against the fewest \
            workers on demand that reach the target all day. The same seed gives the same result everywhere.

            Examples:
              dragoman simulate
              dragoman simulate --day burst --policy queue-depth --policy forecast --csv burst.csv
              dragoman simulate --policy fixed --workers 4 --words-per-day 5000000
            """
    )

    @OptionGroup(title: "Load")
    var load: LoadOptions

    @OptionGroup(title: "Workers")
    var fleet: FleetOptions

    @Option(help: "Policy to simulate; can be given more than once.")
    var policy: [PolicyKind] = PolicyKind.allCases

    @Option(help: "Workers of the policy 'fixed' (default: the fewest that reach the target).")
    var workers: Int?

    @Option(help: "Share of each class to end within its service level, for the fewest fixed workers.")
    var target = PolicyComparison.Settings().target

    @Option(name: .customLong("jobs-per-worker"), help: "Jobs for each worker, for the policy 'queue-depth'.")
    var jobsPerWorker = PolicyComparison.Settings().jobsPerWorker

    @Option(help: "Target of the policy 'cpu', from 0 to 1.")
    var utilisation = PolicyComparison.Settings().targetUtilisation

    @Option(help: "Workers in reserve for each square root of those needed, for 'sla' and 'forecast'.")
    var reserve = PolicyComparison.Settings().reserve

    @Option(help: "Decides every random number.")
    var seed: UInt64 = 1

    @Flag(help: "Print one JSON object instead of the table.")
    var json = false

    @Option(help: "Also write the workers and jobs over time to this file, as CSV.", completion: .file())
    var csv: String?

    mutating func run() throws {
        let report: ComparisonReport
        do {
            let scenario = try Scenario(load: try load.load(), fleet: fleet.settings, seed: seed)
            report = ComparisonReport(try PolicyComparison(scenario, settings))
            if !json { print(summary(scenario)) }
        } catch let error as SimulationError {
            throw CommandError(message: error.message, code: CommandFailure.Code.usage)
        }
        print(json ? try report.json() : report.table)
        guard let csv else { return }
        do {
            try Data(report.csv.utf8).write(to: URL(filePath: csv))
        } catch {
            throw CommandError(
                message: "'\(csv)' cannot be written: \(error.localizedDescription)",
                code: CommandFailure.Code.cannotCreate
            )
        }
    }

    private var settings: PolicyComparison.Settings {
        var settings = PolicyComparison.Settings()
        settings.policies = policy
        settings.fixedWorkers = workers
        settings.target = target
        settings.jobsPerWorker = jobsPerWorker
        settings.targetUtilisation = utilisation
        settings.reserve = reserve
        return settings
    }

    private func summary(_ scenario: Scenario) -> String {
        let words = scenario.arrivals.reduce(0) { $0 + $1.words }
        let hours = scenario.load.length / .seconds(3600)
        let span = String(format: "%.2f", hours)
        return "\(scenario.arrivals.count) jobs, \(Int(words)) words in \(span) hours, seed \(seed)\n"
    }
}

extension PolicyKind: ExpressibleByArgument {}
