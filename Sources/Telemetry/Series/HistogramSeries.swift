internal import CoreMetrics

/// How often values fell below each of some bounds, and their sum.
final class HistogramSeries: TimerHandler, RecorderHandler {
    /// What was counted up to some moment.
    struct Snapshot {
        /// For each bound, how many values were not above it.
        var cumulative: [UInt64]
        var count: UInt64
        var sum: Double
    }

    /// Ascending and finite.
    let upperBounds: [Double]
    /// One per bound and a last one for what is above all.
    private let counts: [AtomicCount]
    private let sum = AtomicDouble()

    init(upperBounds: [Double]) {
        self.upperBounds = Set(upperBounds.filter(\.isFinite)).sorted()
        counts = (0...self.upperBounds.count).map { _ in AtomicCount() }
    }

    /// A time below zero, which a clock that was set back gives, counts as zero.
    func recordNanoseconds(_ duration: Int64) { record(Double(max(0, duration)) / 1e9) }

    func record(_ value: Int64) { record(Double(value)) }

    /// Ignores what is not a finite number.
    func record(_ value: Double) {
        guard value.isFinite else { return }
        counts[bucket(of: value)].add(1)
        sum.add(value)
    }

    /// The total is the sum of the buckets read, so that the two agree whatever is recorded meanwhile.
    func snapshot() -> Snapshot {
        var total: UInt64 = 0
        let cumulative = counts.map { count in
            total &+= count.value
            return total
        }
        return Snapshot(cumulative: cumulative.dropLast(), count: total, sum: sum.value)
    }

    /// The first bound that is not below the value.
    private func bucket(of value: Double) -> Int {
        var (low, high) = (0, upperBounds.count)
        while low < high {
            let middle = (low + high) / 2
            if upperBounds[middle] < value { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
