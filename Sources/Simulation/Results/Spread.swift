/// How seconds are spread: quantiles by the nearest rank, 0 where there are none.
package struct Spread: Hashable, Sendable, Encodable {
    package var mean: Double
    package var p50: Double
    package var p95: Double
    package var p99: Double

    package init(_ values: [Double]) {
        let sorted = values.sorted()
        func quantile(_ share: Double) -> Double {
            guard !sorted.isEmpty else { return 0 }
            return sorted[min(sorted.count - 1, max(0, Int((share * Double(sorted.count)).rounded(.up)) - 1))]
        }
        mean = sorted.isEmpty ? 0 : sorted.reduce(0, +) / Double(sorted.count)
        (p50, p95, p99) = (quantile(0.5), quantile(0.95), quantile(0.99))
    }
}
