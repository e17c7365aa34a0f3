import LoadGenerator
import Testing

/// What the benchmarks' numbers rest on.
struct LatencyHistogramTests {
    @Test func emptyHistogramIsZero() {
        #expect(LatencyHistogram().quantile(0.95) == .zero)
    }

    @Test(arguments: [0.0, 0.01, 0.5, 0.95, 0.99, 1.0])
    func quantileIsOffByAtMostASixtyFourth(share: Double) {
        var histogram = LatencyHistogram()
        var generator = SystemRandomNumberGenerator()
        // From nanoseconds to a quarter of an hour, each order of magnitude as often as the others.
        let values = (0..<10_000).map { _ in UInt64.random(in: 1...1024, using: &generator) << UInt64.random(in: 0...30)
        }
        for value in values { histogram.record(.nanoseconds(Int64(value))) }
        let rank = max(1, Int((Double(values.count) * share).rounded(.up)))
        let exact = Duration.nanoseconds(Int64(values.sorted()[rank - 1]))
        let measured = histogram.quantile(share)
        #expect(measured >= exact)
        #expect(measured <= exact + exact / 64 + .nanoseconds(1))
    }

    @Test func extremesAreCounted() {
        var histogram = LatencyHistogram()
        for latency in [Duration.seconds(-1), .zero, .nanoseconds(1), .seconds(1_000_000_000)] {
            histogram.record(latency)
        }
        #expect(histogram.count == 4)
        #expect(histogram.quantile(0.5) == .zero)
        #expect(histogram.quantile(1) == .seconds(1_000_000_000))
        #expect(histogram.maximum == .seconds(1_000_000_000))
    }

    @Test func quantilesOfMergedHistogramsAreThoseOfAllValues() {
        var (low, high) = (LatencyHistogram(), LatencyHistogram())
        for _ in 0..<90 { low.record(.milliseconds(1)) }
        for _ in 0..<10 { high.record(.milliseconds(100)) }
        low.add(high)
        #expect(low.count == 100)
        #expect(low.quantile(0.9) < .milliseconds(2))
        #expect(low.quantile(0.91) == .milliseconds(100))
    }
}
