import CoreMetrics
import Foundation
import Telemetry
import Testing

/// The page as Prometheus's own checker reads it (`promtool`, in Debian's package `prometheus`).
struct PromtoolTests {
    @Test func pageOfEverythingPasses() throws {
        let metrics = PrometheusMetrics(.init(maximumSeries: 5))
        let values = ["plain", "say \"x\" \\ \n\r\t", "\"} 1\nevil 9", "नमस्ते 🎉", "\u{0}\u{7f}", ""]
        for value in values + (0..<20).map(String.init) {
            let labels = [("value", value), ("le", "1"), ("bad name", "x")]
            Counter(label: "jobs.done", dimensions: labels, factory: metrics).increment()
            FloatingPointCounter(label: "spent", dimensions: labels, factory: metrics).increment(by: 0.1)
            Gauge(label: "depth", dimensions: labels, factory: metrics).record(Double.nan)
            Timer(label: "request", dimensions: labels, factory: metrics).recordMilliseconds(3)
            Recorder(label: "batch_rows", dimensions: labels, factory: metrics).record(7)
        }
        Gauge(label: "jobs_done_total", factory: metrics).record(1)
        let result = try check(metrics.exposition())
        #expect(result.output == "")
        #expect(result.status == 0)
    }

    /// Otherwise the test above might pass because nothing is checked.
    @Test func pageWithoutHelpFails() throws {
        let result = try check("# TYPE jobs counter\njobs 1\n")
        #expect(result.status == 3)
        #expect(result.output.contains("no help text"))
    }

    private func check(_ page: String) throws -> (status: Int32, output: String) {
        let file = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try Data(page.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["promtool", "check", "metrics"]
        let output = Pipe()
        process.standardInput = try FileHandle(forReadingFrom: file)
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, text)
    }
}
