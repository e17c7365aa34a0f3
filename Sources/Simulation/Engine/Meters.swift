internal import Environment

/// Levels over time, and from them the utilisation that a metrics server would show.
struct Meters {
    /// Utilisation is taken over the last four looks.
    private static let looks = 4

    /// Workers that work on a job, workers that can claim, jobs that have not ended.
    var busy: Level
    var ready: Level
    var jobs: Level
    private var notes: [(busy: Double, ready: Double)] = []

    init(from time: Timestamp) {
        busy = Level(from: time)
        ready = Level(from: time)
        jobs = Level(from: time)
    }

    mutating func note(at time: Timestamp) {
        notes.append((busy.total(until: time), ready.total(until: time)))
        if notes.count > Self.looks + 1 { notes.removeFirst() }
    }

    /// The share of their time in which ready workers had work: 0 to 1, 0 before two looks.
    var utilisation: Double {
        guard let first = notes.first, let last = notes.last, last.ready > first.ready else { return 0 }
        return min(1, (last.busy - first.busy) / (last.ready - first.ready))
    }
}
