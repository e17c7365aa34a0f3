internal import Environment
package import JobSystem

/// A job that comes in.
package struct Arrival: Hashable, Sendable {
    /// Since the simulation's begin.
    package var time: Duration
    package var priority: Priority
    package var words: Double

    package init(time: Duration, priority: Priority, words: Double) {
        self.time = time
        self.priority = priority
        self.words = words
    }
}

extension Arrival {
    /// Most jobs of one simulation.
    package static let most = 5_000_000

    /// Reads a trace: one job a line as `seconds,score,words`, in order of time. Lines that begin with `#` and empty
    /// ones are passed over.
    /// - Throws: `SimulationError` `.invalidTrace` with the line's number, or `.tooLarge`.
    package static func trace(_ text: String) throws(SimulationError) -> [Arrival] {
        var arrivals: [Arrival] = []
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            guard let first = line.first, first != "#" else { continue }
            guard let arrival = Arrival(line: line), arrival.time >= arrivals.last?.time ?? .zero else {
                throw SimulationError(
                    .invalidTrace,
                    "Line \(index + 1) of the trace is '\(line.prefix(80))', expected 'seconds,score,words' with "
                        + "a score of 0 to 100, 1 to 1000000 words, and a time of at most 31 days that is not before "
                        + "the line above's."
                )
            }
            arrivals.append(arrival)
            guard arrivals.count <= most else {
                throw SimulationError(.tooLarge, "The trace has more than '\(most)' jobs, which is the most allowed.")
            }
        }
        return arrivals
    }

    private init?(line: Substring) {
        let fields = line.split(separator: ",", maxSplits: 3, omittingEmptySubsequences: false)
        guard fields.count == 3, let seconds = Double(fields[0]), (0...31 * 86_400).contains(seconds),
            let score = Int(fields[1]), let priority = Priority(score: score),
            let words = Double(fields[2]), (1...1_000_000).contains(words)
        else { return nil }
        self.init(time: .seconds(seconds), priority: priority, words: words)
    }
}
