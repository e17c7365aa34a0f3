import ChildProcesses
import CoreMetrics
import Foundation
import Telemetry
import Testing

/// The page as Prometheus's own checker reads it (`promtool`, in Debian's package `prometheus`).
struct PromtoolTests {
    @Test func pageOfEverythingPasses() async throws {
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
        let result = try await check(metrics.exposition())
        #expect(result.output == "")
        #expect(result.ending == .exit(0))
    }

    /// Otherwise the test above might pass because nothing is checked.
    @Test func pageWithoutHelpFails() async throws {
        let result = try await check("# TYPE jobs counter\njobs 1\n")
        #expect(result.ending == .exit(3))
        #expect(result.output.contains("no help text"))
    }

    private func check(_ page: String) async throws -> (ending: ChildProcess.Ending, output: String) {
        let promtool = try ChildProcess("promtool", ["check", "metrics"], input: .pipe, errors: .pipe)
        try await promtool.write(Data(page.utf8), thenCloses: true)
        let text = await promtool.output.all() + promtool.errors.all()
        return (await promtool.end(), String(decoding: text, as: UTF8.self))
    }
}
