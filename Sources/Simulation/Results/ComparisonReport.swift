internal import Foundation
internal import JobSystem

/// A comparison as text: a table for people, JSON and CSV for programs.
package struct ComparisonReport {
    private let comparison: PolicyComparison
    private static let sparklineWidth = 72

    package init(_ comparison: PolicyComparison) { self.comparison = comparison }

    /// A table with a row for each policy, then the workers over time.
    package var table: String {
        let rows = [Self.heading] + comparison.results.map(row)
        let widths = Self.heading.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        let lines = rows.map { row in
            zip(row, widths).enumerated().map { index, cell in
                let gap = String(repeating: " ", count: cell.1 - cell.0.count)
                return index == 0 ? cell.0 + gap : gap + cell.0
            }.joined(separator: "  ")
        }
        return lines.joined(separator: "\n") + "\n\n" + timelines
    }

    /// Workers that can claim, over time, all to one scale.
    private var timelines: String {
        let top = comparison.results.map(\.mostWorkers).max() ?? 0
        let lines = comparison.results.map { result in
            let bars = Sparkline(
                result.timeline.map { Double($0.workers) },
                width: Self.sparklineWidth,
                top: Double(top)
            )
            return result.policy.rawValue.padding(toLength: 12, withPad: " ", startingAt: 0) + bars.description
        }
        return "Workers over time, up to \(top):\n" + lines.joined(separator: "\n")
    }

    private static let heading = [
        "policy", "critical", "high", "standard", "wait p50", "p95", "p99", "workers", "hours", "idle", "$",
        "$/1k words",
        "saved", "lost", "twice",
    ]

    private func row(_ result: SimulationResult) -> [String] {
        func met(_ priorityClass: PriorityClass) -> String {
            result.classes.first { $0.priorityClass == priorityClass }.map { Self.percent($0.metShare, 2) } ?? "-"
        }
        return [
            result.policy.rawValue, met(.critical), met(.high), met(.standard),
            Self.seconds(result.wait.p50), Self.seconds(result.wait.p95), Self.seconds(result.wait.p99),
            String(result.mostWorkers), Self.number(result.workerHours, 1), Self.percent(result.idleShare, 0),
            Self.number(result.dollars, 2), Self.number(result.dollarsPerThousandWords, 4),
            Self.percent(comparison.saving(of: result), 0),
            String(result.lost + result.unfinished + result.deadLettered), String(result.duplicated),
        ]
    }

    /// Everything, as one JSON object: `baseline` and `results`, each with its classes and timeline. Times in seconds.
    package func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        let results = comparison.results.map { Entry(result: $0, comparison) }
        let document = ["baseline": [Entry(result: comparison.baseline, comparison)], "results": results]
        return String(decoding: try encoder.encode(document), as: UTF8.self)
    }

    private struct Entry: Encodable {
        var result: SimulationResult
        var dollarsPerThousandWords: Double
        var savedDollarsShare: Double
        var savedHoursShare: Double

        init(result: SimulationResult, _ comparison: PolicyComparison) {
            self.result = result
            dollarsPerThousandWords = result.dollarsPerThousandWords
            savedDollarsShare = comparison.saving(of: result)
            savedHoursShare = comparison.savingOfHours(of: result)
        }
    }

    /// The timelines: a line for each policy and moment.
    package var csv: String {
        let lines = comparison.results.flatMap { result in
            result.timeline.map { sample in
                "\(result.policy.rawValue),\(Self.number(sample.minute, 3)),\(sample.workers),\(sample.starting),"
                    + "\(sample.waitingJobs),\(sample.processingJobs)"
            }
        }
        return (["policy,minute,workers,starting,waiting_jobs,processing_jobs"] + lines).joined(separator: "\n") + "\n"
    }

    private static func number(_ value: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", value) }
    private static func percent(_ share: Double, _ digits: Int) -> String { number(share * 100, digits) + "%" }
    private static func seconds(_ value: Double) -> String { number(value, value < 10 ? 1 : 0) + "s" }
}
