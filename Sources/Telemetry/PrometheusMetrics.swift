package import CoreMetrics
internal import Synchronization

/// A backend of swift-metrics that answers Prometheus.
///
/// It is passed to whoever counts something, never bootstrapped for the whole process:
///
///     let metrics = PrometheusMetrics(.init(descriptions: ["jobs_submitted": "Jobs accepted."]))
///     Counter(label: "jobs_submitted", factory: metrics).increment()
///     let page = await metrics.scrape()
///
/// Counters get the suffix `_total`, timers are histograms in seconds and get `_seconds`, recorders that aggregate are
/// histograms, all others gauges. What is made twice with the same label and dimensions is the same series. Counting
/// takes no lock; making and destroying metrics does.
///
/// Nothing a caller does can make the page invalid or let it grow without end: names are sanitised, values escaped and
/// cut, series beyond the limit of a metric are counted in one whose values are all "other", and a metric whose name is
/// taken by one of another kind is left out, which `telemetry_rejected_metrics_total` counts.
package final class PrometheusMetrics: Sendable {
    private let configuration: Configuration
    private let registry: SeriesRegistry
    private let process: ProcessFiles?
    private let scrapes = Mutex<[@Sendable () async -> Void]>([])

    /// - Parameter process: where the kernel describes this process; `nil` leaves the `process_…` metrics out, as does
    ///   a machine that has no `/proc`.
    package init(_ configuration: Configuration = Configuration(), process: ProcessFiles? = .current) {
        self.configuration = configuration
        self.process = process
        registry = SeriesRegistry(configuration, reserved: ExpositionWriter.processMetricNames)
    }

    /// Has `body` called at the beginning of every `scrape()`, in the order of registration: the place to set gauges
    /// whose values must be asked for. It should return quickly, since it is waited for.
    package func onScrape(_ body: @escaping @Sendable () async -> Void) {
        scrapes.withLock { $0.append(body) }
    }

    /// The page that answers Prometheus: `exposition()`, after the closures given to `onScrape(_:)` have run.
    package func scrape() async -> String {
        for body in scrapes.withLock({ $0 }) { await body() }
        return exposition()
    }

    /// Everything there is in the text format 0.0.4, gauges with the values they were last given.
    ///
    /// Metrics come ordered by name and series by their labels. Values are read one by one while others may count.
    package func exposition() -> String {
        var writer = ExpositionWriter()
        let (families, rejected) = registry.snapshot()
        for family in families { writer.write(family) }
        if rejected > 0 { writer.writeRejected(rejected) }
        if let statistics = process?.statistics() { writer.write(statistics) }
        return writer.text
    }
}

extension PrometheusMetrics: MetricsFactory {
    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        counter(label, dimensions)
    }

    package func makeFloatingPointCounter(
        label: String,
        dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        counter(label, dimensions)
    }

    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        gauge(label, dimensions)
    }

    package func makeRecorder(
        label: String,
        dimensions: [(String, String)],
        aggregate: Bool
    ) -> any RecorderHandler {
        guard aggregate else { return gauge(label, dimensions) }
        return histogram(label, MetricName(label), dimensions, configuration.valueBuckets)
    }

    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        histogram(label, MetricName(label, suffix: "_seconds"), dimensions, configuration.durationBuckets)
    }

    /// Takes the series out of the exposition. It returns, from zero, when it is made again. Whoever holds it may go on
    /// counting without harm. The series "other" stays, since many share it.
    package func destroyCounter(_ handler: any CounterHandler) { registry.remove(handler) }
    package func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) { registry.remove(handler) }
    package func destroyMeter(_ handler: any MeterHandler) { registry.remove(handler) }
    package func destroyRecorder(_ handler: any RecorderHandler) { registry.remove(handler) }
    package func destroyTimer(_ handler: any TimerHandler) { registry.remove(handler) }

    private func counter(_ label: String, _ dimensions: [(String, String)]) -> CounterSeries {
        registry.series(MetricName(label, suffix: "_total"), label, .counter, dimensions) { CounterSeries() }
    }

    private func gauge(_ label: String, _ dimensions: [(String, String)]) -> GaugeSeries {
        registry.series(MetricName(label), label, .gauge, dimensions) { GaugeSeries() }
    }

    private func histogram(
        _ label: String,
        _ name: MetricName,
        _ dimensions: [(String, String)],
        _ usual: [Double]
    ) -> HistogramSeries {
        let buckets = configuration.buckets[label] ?? configuration.buckets[name.text] ?? usual
        return registry.series(name, label, .histogram, dimensions) { HistogramSeries(upperBounds: buckets) }
    }
}
