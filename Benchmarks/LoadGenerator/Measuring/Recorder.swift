internal import Synchronization

/// What many tasks measure together.
final class Recorder: Sendable {
    private struct State {
        var latencies = LatencyHistogram()
        var outcomes: [String: Int] = [:]
    }

    private let state = Mutex(State())

    var latencies: LatencyHistogram { state.withLock { $0.latencies } }

    /// How often each outcome was counted.
    var outcomes: [String: Int] { state.withLock { $0.outcomes } }

    func record(_ latency: Duration) { state.withLock { $0.latencies.record(latency) } }

    func count(_ outcome: String) { state.withLock { $0.outcomes[outcome, default: 0] += 1 } }

    /// `200: 30,000, lost: 2`, the most frequent first.
    var summary: String {
        let sorted = outcomes.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        return sorted.isEmpty ? "none" : sorted.map { "\($0.key): \(Figures.count($0.value))" }.joined(separator: ", ")
    }
}
