import CoreMetrics
import Telemetry
import Testing

/// Names, values and numbers of series that would break a page or fill the memory.
struct HostileMetricsTests {
    private let metrics = PrometheusMetrics(.init(maximumSeries: 3, maximumMetrics: 4), process: nil)

    @Test(arguments: [
        ("http.requests", "http_requests"), ("9lives", "_9lives"), ("", "_"), ("a{b=\"c\"} 1\nx", "a_b__c___1_x"),
        ("naïve:rule", "na__ve_rule"),
    ])
    func nameIsSanitised(label: String, name: String) {
        Gauge(label: label, factory: metrics).record(1)
        #expect(metrics.exposition().hasSuffix("# TYPE \(name) gauge\n\(name) 1\n"))
    }

    @Test(arguments: [
        ("a\\b", "a\\\\b"), ("say \"x\"", "say \\\"x\\\""), ("two\nlines", "two\\nlines"), ("नमस्ते", "नमस्ते"),
        ("\"} 1\nevil 9", "\\\"} 1\\nevil 9"),
        (String(repeating: "é", count: 9999), String(repeating: "é", count: 128)),
    ])
    func labelValueIsEscapedAndCut(value: String, text: String) {
        Gauge(label: "g", dimensions: [("v", value)], factory: metrics).record(1)
        #expect(metrics.exposition().hasSuffix("# TYPE g gauge\ng{v=\"\(text)\"} 1\n"))
    }

    @Test func labelNamesOfPrometheusAreNotTaken() {
        let labels = [("le", "1"), ("__name__", "2"), ("a.b", "3"), ("a_b", "4"), ("0", "5")]
        Gauge(label: "g", dimensions: labels, factory: metrics).record(1)
        let expected = #"g{_0="5",a_b="3",label___name__="2",label_le="1"} 1"#
        #expect(metrics.exposition().hasSuffix(expected + "\n"))
    }

    @Test func labelsBeyondTheLimitAreLeftOut() {
        let labels = (0..<1000).map { ("l\($0)", "v") }
        Gauge(label: "g", dimensions: labels, factory: metrics).record(1)
        #expect(metrics.exposition().count { $0 == "=" } == 16)
    }

    @Test func seriesBeyondTheLimitAreCountedTogether() {
        for user in 0..<1000 {
            Counter(label: "logins", dimensions: [("user", "u\(user)")], factory: metrics).increment()
        }
        let samples = metrics.exposition().split(separator: "\n").filter { !$0.hasPrefix("#") }
        #expect(
            samples == [
                "logins_total{user=\"other\"} 997", "logins_total{user=\"u0\"} 1", "logins_total{user=\"u1\"} 1",
                "logins_total{user=\"u2\"} 1",
            ]
        )
    }

    @Test func seriesForAllOthersCannotBeDestroyed() {
        for user in 0..<4 { Gauge(label: "g", dimensions: [("u", "\(user)")], factory: metrics).record(1) }
        Gauge(label: "g", dimensions: [("u", "5")], factory: metrics).destroy()
        #expect(metrics.exposition().contains("g{u=\"other\"} 1\n"))
    }

    @Test func destroyedSeriesMakesRoomForAnother() {
        let gauges = (0..<3).map { Gauge(label: "g", dimensions: [("u", "\($0)")], factory: metrics) }
        gauges[0].destroy()
        Gauge(label: "g", dimensions: [("u", "9")], factory: metrics).record(1)
        let page = metrics.exposition()
        #expect(page.contains("g{u=\"9\"} 1\n"))
        #expect(!page.contains("other"))
    }

    @Test func labelNamesWithoutEndAreRefusedInTheEnd() {
        for name in 0..<1000 { Gauge(label: "g", dimensions: [("l\(name)", "v")], factory: metrics).record(1) }
        let samples = metrics.exposition().split(separator: "\n").filter { $0.hasPrefix("g{") }
        #expect(samples.count == 19)
    }

    @Test func metricWhoseNameBelongsToAnotherKindIsRejectedAndCounted() {
        Timer(label: "t", factory: metrics).recordNanoseconds(1)
        for label in ["t_seconds", "t_seconds_count", "t_seconds_bucket"] {
            Gauge(label: label, factory: metrics).record(9)
        }
        let page = metrics.exposition()
        #expect(!page.contains(" 9\n"))
        #expect(page.contains("telemetry_rejected_metrics_total 3\n"))
    }

    @Test func metricsBeyondTheLimitAreRejected() {
        for number in 0..<10 { Gauge(label: "g\(number)", factory: metrics).record(1) }
        let page = metrics.exposition()
        #expect(page.contains("g3 1\n"))
        #expect(!page.contains("g4"))
        #expect(page.contains("telemetry_rejected_metrics_total 6\n"))
    }
}
