internal import Synchronization

/// Counts steps of all workers of an engine.
final class EngineCounters: Sendable {
    private let steps = Atomic(0)
    private let rows = Atomic(0)

    func count(rows count: Int) {
        guard count > 0 else { return }
        steps.wrappingAdd(1, ordering: .relaxed)
        rows.wrappingAdd(count, ordering: .relaxed)
    }

    var statistics: EngineStatistics {
        var statistics = EngineStatistics()
        statistics.steps = steps.load(ordering: .relaxed)
        statistics.rows = rows.load(ordering: .relaxed)
        return statistics
    }
}
