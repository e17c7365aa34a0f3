import ArgumentParser
import Foundation
import Simulation

/// Where the jobs of a simulation come from.
struct LoadOptions: ParsableArguments {
    /// A trace of five million lines is smaller than this.
    private static let largestTrace = 256 << 20

    @Option(help: "The day's curve: office, flat, burst, or weights at even distances from midnight on, like 1,2,5,2.")
    var day = "office"

    @Option(help: "Days to simulate.")
    var days = RandomLoad().days

    @Option(name: .customLong("words-per-day"), help: "Words that come in on a day.")
    var wordsPerDay = RandomLoad().wordsPerDay

    @Option(
        help: "Jobs to take from a file instead, a line each: seconds,score,words.",
        completion: .file(extensions: ["csv"])
    )
    var trace: String?

    /// - Throws: `SimulationError`, or `CommandError` if the trace cannot be read.
    func load() throws -> Load {
        if let trace { return .trace(try Arrival.trace(try text(of: trace))) }
        var load = RandomLoad()
        load.curve = try DayCurve(day)
        load.days = days
        load.wordsPerDay = wordsPerDay
        return .random(load)
    }

    private func text(of path: String) throws -> String {
        let file = URL(filePath: path)
        do {
            let size = try file.resourceValues(forKeys: [.fileSizeKey]).fileSize ?? 0
            guard size <= Self.largestTrace else {
                throw CommandError(
                    message: "'\(path)' has \(size) bytes, expected at most \(Self.largestTrace).",
                    code: CommandFailure.Code.data
                )
            }
            return String(decoding: try Data(contentsOf: file), as: UTF8.self)
        } catch let error as CommandError {
            throw error
        } catch {
            throw CommandError(
                message: "'\(path)' cannot be read: \(error.localizedDescription)",
                code: CommandFailure.Code.noInput
            )
        }
    }
}
