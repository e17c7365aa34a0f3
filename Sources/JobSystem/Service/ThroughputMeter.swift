internal import Environment
internal import Synchronization

/// How fast jobs are worked off, as a moving average, for estimates.
package final class ThroughputMeter: Sendable {
    /// Weight of the newest job in the average.
    private static let weight = 0.1

    private let average: Mutex<Double>
    private let parallelJobs: Int

    /// - Parameters:
    ///   - wordsPerSecond: what one job is assumed to reach before any was measured.
    ///   - parallelJobs: how many jobs are worked on at once.
    package init(wordsPerSecond: Double = 200, parallelJobs: Int = 1) {
        average = Mutex(max(wordsPerSecond, 0.001))
        self.parallelJobs = max(1, parallelJobs)
    }

    /// Counts a job that completed. Jobs without words say nothing about speed and are left out.
    package func record(words: Int, in duration: Duration) {
        guard words > 0 else { return }
        let seconds = max(Double(duration.wholeMicroseconds) / 1_000_000, 0.000_1)
        average.withLock { $0 += (Double(words) / seconds - $0) * Self.weight }
    }

    /// The moving average for one job at a time.
    package var wordsPerSecond: Double { average.withLock { $0 } }

    /// How long until `words` are done that wait behind `wordsAhead`.
    package func estimate(words: Int, wordsAhead: Int) -> Duration {
        let speed = wordsPerSecond
        return .seconds(Double(wordsAhead) / (speed * Double(parallelJobs)) + Double(words) / speed)
    }
}
