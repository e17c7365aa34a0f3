import CoreMetrics
import Telemetry
import Testing

/// What becomes of counters, gauges and histograms on the page.
struct ExpositionTests {
    private let metrics = PrometheusMetrics(
        .init(
            descriptions: ["jobs": "Jobs with a \\ and\na line.", "wait_seconds": "Waiting."],
            buckets: ["wait": [1, .infinity, 0.5, 1]]
        ),
        process: nil
    )

    @Test func emptyPageWithoutMetrics() {
        #expect(metrics.exposition() == "")
    }

    @Test func counterHasSuffixHelpAndType() {
        let counter = Counter(label: "jobs", dimensions: [("class", "HIGH")], factory: metrics)
        counter.increment()
        counter.increment(by: 4)
        counter.increment(by: -3)
        #expect(
            metrics.exposition() == """
                # HELP jobs_total Jobs with a \\\\ and\\na line.
                # TYPE jobs_total counter
                jobs_total{class="HIGH"} 5

                """
        )
        counter.reset()
        #expect(metrics.exposition().hasSuffix("jobs_total{class=\"HIGH\"} 0\n"))
    }

    @Test func suffixIsNotRepeated() {
        Counter(label: "requests_total", factory: metrics).increment()
        Timer(label: "run_seconds", factory: metrics).recordNanoseconds(1)
        let page = metrics.exposition()
        #expect(page.contains("\nrequests_total 1\n"))
        #expect(page.contains("\nrun_seconds_count 1\n"))
    }

    @Test func floatingPointCounterSharesItsSeriesWithCounter() {
        let precise = FloatingPointCounter(label: "words", factory: metrics)
        precise.increment(by: 0.25)
        precise.increment(by: -1.0)
        precise.increment(by: Double.infinity)
        precise.increment(by: Double.nan)
        Counter(label: "words", factory: metrics).increment(by: 2)
        #expect(metrics.exposition().contains("\nwords_total 2.25\n"))
    }

    @Test func gaugesKeepTheLastValue() {
        let gauge = Gauge(label: "depth", factory: metrics)
        gauge.record(7)
        gauge.record(2.5)
        let meter = Meter(label: "level", factory: metrics)
        meter.set(3)
        meter.increment(by: 0.5)
        meter.increment(by: Double.infinity)
        meter.decrement(by: 4.0)
        let page = metrics.exposition()
        #expect(page.contains("# TYPE depth gauge\ndepth 2.5\n"))
        #expect(page.contains("# TYPE level gauge\nlevel -0.5\n"))
    }

    @Test(arguments: [(Double.nan, "NaN"), (.infinity, "+Inf"), (-.infinity, "-Inf"), (1e300, "1e+300")])
    func unusualNumbersAreWrittenAsPrometheusReadsThem(value: Double, text: String) {
        Gauge(label: "odd", factory: metrics).record(value)
        #expect(metrics.exposition().hasSuffix("odd \(text)\n"))
    }

    @Test func timerIsACumulativeHistogramInSeconds() {
        let timer = Timer(label: "wait", dimensions: [("route", "/a")], factory: metrics)
        timer.recordNanoseconds(500_000_000)
        timer.recordNanoseconds(-5)
        timer.recordMilliseconds(750)
        timer.recordSeconds(2)
        #expect(
            metrics.exposition() == """
                # HELP wait_seconds Waiting.
                # TYPE wait_seconds histogram
                wait_seconds_bucket{route="/a",le="0.5"} 2
                wait_seconds_bucket{route="/a",le="1"} 3
                wait_seconds_bucket{route="/a",le="+Inf"} 4
                wait_seconds_sum{route="/a"} 3.25
                wait_seconds_count{route="/a"} 4

                """
        )
    }

    @Test func usualBucketsGoFromAMillisecondToAMinute() {
        Timer(label: "request", factory: metrics).recordNanoseconds(1)
        let bounds = metrics.exposition().split(separator: "\n").filter { $0.contains("_bucket") }
        #expect(bounds.first == "request_seconds_bucket{le=\"0.001\"} 1")
        #expect(bounds.dropLast().last == "request_seconds_bucket{le=\"60\"} 1")
    }

    @Test func recorderThatAggregatesIsAHistogram() {
        let recorder = Recorder(label: "batch_rows", factory: metrics)
        recorder.record(3)
        recorder.record(Double.nan)
        recorder.record(1e9)
        let page = metrics.exposition()
        #expect(page.contains("batch_rows_bucket{le=\"2\"} 0\nbatch_rows_bucket{le=\"4\"} 1\n"))
        #expect(page.contains("batch_rows_bucket{le=\"+Inf\"} 2\n"))
        #expect(page.contains("batch_rows_sum 1000000003\n"))
    }

    @Test func metricsAndSeriesComeInOrder() {
        for label in ["b", "a"] {
            for value in ["y", "x"] { Gauge(label: label, dimensions: [("v", value)], factory: metrics).record(0) }
        }
        let samples = metrics.exposition().split(separator: "\n").filter { !$0.hasPrefix("#") }
        #expect(samples == ["a{v=\"x\"} 0", "a{v=\"y\"} 0", "b{v=\"x\"} 0", "b{v=\"y\"} 0"])
    }

    @Test func destroyedMetricLeavesThePageAndReturnsFromZero() {
        let counter = Counter(label: "gone", factory: metrics)
        counter.increment()
        let gauge = Gauge(label: "kept", factory: metrics)
        gauge.record(1)
        counter.destroy()
        #expect(metrics.exposition().contains("gone") == false)
        Counter(label: "gone", factory: metrics).increment(by: 2)
        let page = metrics.exposition()
        #expect(page.contains("gone_total 2\n"))
        #expect(page.contains("kept 1\n"))
    }

    @Test func scrapeClosuresSetGaugesJustBeforeThePageIsWritten() async {
        let depth = Gauge(label: "queue_depth", factory: metrics)
        metrics.onScrape {
            await Task.yield()
            depth.record(42)
        }
        #expect(metrics.exposition().contains("queue_depth 0\n"))
        #expect(await metrics.scrape().contains("queue_depth 42\n"))
    }
}
