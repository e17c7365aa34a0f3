/// Writes Prometheus's text format 0.0.4.
///
/// https://prometheus.io/docs/instrumenting/exposition_formats/
struct ExpositionWriter {
    private(set) var text = ""

    static let rejectedName = "telemetry_rejected_metrics_total"

    /// Names that `write(_ statistics:)` and `writeRejected(_:)` use.
    static var processMetricNames: [String] { ProcessStatistics.Metric.all.map(\.name) + [rejectedName] }

    mutating func write(_ family: SeriesRegistry.Family) {
        let name = family.name.text
        writeHead(name, help: family.help, type: family.kind.rawValue)
        for (labels, series) in family.series.sorted(by: { $0.key < $1.key }) {
            switch series {
            case let counter as CounterSeries: writeSample(name, labels.text, counter.value)
            case let gauge as GaugeSeries: writeSample(name, labels.text, gauge.value)
            case let histogram as HistogramSeries: write(histogram, name, labels.text)
            default: break
            }
        }
    }

    mutating func writeRejected(_ count: UInt64) {
        let help = "Metrics left out because their name belongs to another kind or there are too many."
        writeHead(Self.rejectedName, help: help, type: "counter")
        writeSample(Self.rejectedName, "", Double(count))
    }

    mutating func write(_ statistics: ProcessStatistics) {
        for metric in ProcessStatistics.Metric.all {
            guard let value = metric.value(statistics) else { continue }
            writeHead(metric.name, help: metric.help, type: metric.type)
            writeSample(metric.name, "", value)
        }
    }

    private mutating func write(_ histogram: HistogramSeries, _ name: String, _ labels: String) {
        let snapshot = histogram.snapshot()
        let separator = labels.isEmpty ? "" : ","
        for (bound, count) in zip(histogram.upperBounds, snapshot.cumulative) {
            writeSample(name + "_bucket", "\(labels)\(separator)le=\"\(Self.number(bound))\"", Double(count))
        }
        writeSample(name + "_bucket", "\(labels)\(separator)le=\"+Inf\"", Double(snapshot.count))
        writeSample(name + "_sum", labels, snapshot.sum)
        writeSample(name + "_count", labels, Double(snapshot.count))
    }

    private mutating func writeHead(_ name: String, help: String, type: String) {
        text += "# HELP \(name) \(Self.escaped(help))\n# TYPE \(name) \(type)\n"
    }

    private mutating func writeSample(_ name: String, _ labels: String, _ value: Double) {
        text += labels.isEmpty ? "\(name) \(Self.number(value))\n" : "\(name){\(labels)} \(Self.number(value))\n"
    }

    /// The shortest text that reads back as the same number; whole numbers without a fraction.
    private static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        // 2⁵³: up to there every whole number has its own value.
        if value.rounded() == value, abs(value) < 9_007_199_254_740_992 { return String(Int64(value)) }
        return value.description
    }

    private static func escaped(_ help: String) -> String {
        var text = ""
        for scalar in help.unicodeScalars {
            switch scalar {
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}
