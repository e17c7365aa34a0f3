import CoreMetrics
import Telemetry
import Testing

/// Many threads at once; also run under the thread sanitizer.
struct TelemetryThreadSafetyTests {
    private let metrics = PrometheusMetrics(.init(maximumSeries: 8), process: nil)

    @Test func concurrentCountsAreAllThere() async {
        await withTaskGroup { group in
            for worker in 0..<8 {
                group.addTask { [metrics] in
                    let counter = Counter(label: "c", factory: metrics)
                    let precise = FloatingPointCounter(label: "f", factory: metrics)
                    let timer = Timer(label: "t", dimensions: [("worker", "\(worker % 2)")], factory: metrics)
                    let meter = Meter(label: "m", factory: metrics)
                    for _ in 0..<10_000 {
                        counter.increment()
                        precise.increment(by: 0.5)
                        timer.recordMilliseconds(5)
                        meter.increment(by: 1.0)
                    }
                }
            }
            group.addTask { [metrics] in for _ in 0..<50 { _ = metrics.exposition() } }
        }
        let page = metrics.exposition()
        #expect(page.contains("c_total 80000\n"))
        #expect(page.contains("f_total 40000\n"))
        #expect(page.contains("m 80000\n"))
        #expect(page.contains("t_seconds_count{worker=\"1\"} 40000\n"))
        #expect(page.contains("t_seconds_bucket{worker=\"1\",le=\"0.002\"} 0\n"))
        #expect(page.contains("t_seconds_bucket{worker=\"1\",le=\"0.005\"} 40000\n"))
    }

    @Test func seriesMadeAndDestroyedByManyStayWithinTheLimit() async {
        await withTaskGroup { group in
            for worker in 0..<8 {
                group.addTask { [metrics] in
                    for number in 0..<500 {
                        let labels = [("n", "\(worker)-\(number)")]
                        let gauge = Gauge(label: "g", dimensions: labels, factory: metrics)
                        gauge.record(1)
                        if number % 3 == 0 { gauge.destroy() }
                    }
                }
            }
        }
        let samples = metrics.exposition().split(separator: "\n").filter { $0.hasPrefix("g{") }
        #expect((1...9).contains(samples.count))
    }
}
