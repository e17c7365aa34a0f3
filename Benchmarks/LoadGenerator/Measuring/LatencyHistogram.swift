/// Counts latencies in buckets whose width grows with the latency: each is off by at most 1/64 of itself, in 30 KB,
/// however many there are.
package struct LatencyHistogram: Sendable {
    private static let subBuckets = 64
    private static let subBucketBits = 6

    private var counts = [UInt64](repeating: 0, count: (64 - subBucketBits + 1) * subBuckets)
    /// How many were counted.
    package private(set) var count: UInt64 = 0
    /// The longest, exactly.
    package private(set) var maximum = Duration.zero

    package init() {}

    /// Counts a latency. One below zero counts as zero.
    package mutating func record(_ latency: Duration) {
        let (seconds, attoseconds) = latency.components
        let nanoseconds =
            seconds < 0 || attoseconds < 0 ? 0 : UInt64(seconds) * 1_000_000_000 + UInt64(attoseconds) / 1_000_000_000
        counts[Self.bucket(nanoseconds)] += 1
        count += 1
        maximum = max(maximum, latency)
    }

    /// Takes over what another one has counted.
    package mutating func add(_ other: LatencyHistogram) {
        for index in counts.indices { counts[index] += other.counts[index] }
        count += other.count
        maximum = max(maximum, other.maximum)
    }

    /// The latency that this share of all did not exceed; zero if there are none.
    package func quantile(_ share: Double) -> Duration {
        let wanted = UInt64((Double(count) * min(max(share, 0), 1)).rounded(.up))
        var seen: UInt64 = 0
        for (index, number) in counts.enumerated() where number > 0 {
            seen += number
            if seen >= wanted { return min(.nanoseconds(Int64(clamping: Self.upperEdge(index))), maximum) }
        }
        return maximum
    }

    /// Below 64 ns a bucket for each; from there 64 for each doubling.
    private static func bucket(_ nanoseconds: UInt64) -> Int {
        guard nanoseconds >= UInt64(subBuckets) else { return Int(nanoseconds) }
        let exponent = 63 - nanoseconds.leadingZeroBitCount - subBucketBits
        return (exponent + 1) * subBuckets + Int(nanoseconds >> UInt64(exponent)) - subBuckets
    }

    private static func upperEdge(_ bucket: Int) -> UInt64 {
        guard bucket >= subBuckets else { return UInt64(bucket) }
        let exponent = UInt64(bucket / subBuckets - 1)
        return (UInt64(bucket % subBuckets + subBuckets) << exponent) + ((1 << exponent) - 1)
    }
}
