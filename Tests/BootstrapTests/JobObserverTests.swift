import Bootstrap
import Contracts
import Environment
import JobSystem
import Logging
import Telemetry
import Testing

/// What an operator reads of jobs.
struct JobObserverTests {
    private struct Line: Sendable, Hashable {
        var level: Logger.Level
        var message: String
    }

    /// Keeps what is logged.
    private struct Handler: LogHandler {
        let lines: Recorder<Line>
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) { lines.record(Line(level: event.level, message: "\(event.message)")) }
    }

    /// What is logged of an incident, and the page of metrics after it.
    private func report(_ incident: JobIncident) -> (lines: [Line], metrics: String) {
        let (lines, metrics) = (Recorder<Line>(), PrometheusMetrics(process: nil))
        let logger = Logger(label: "test") { _ in Handler(lines: lines) }
        JobObserver(metrics: metrics, logger: logger).report(incident)
        return (lines.all, metrics.exposition())
    }

    private func job(_ state: JobState, crashes: Int = 0, failure: JobFailure? = nil) -> Job {
        var job = SampleJobs.submission(at: ManualTime.start).job
        (job.state, job.attempt, job.crashes, job.failure) = (state, 1, crashes, failure)
        return job
    }

    private let labels = #"{class="standard",kind="text"}"#

    @Test func whatIsGivenBackIsNoFailure() {
        let (lines, metrics) = report(.handedBack(job(.queued), handling: .seconds(1)))
        #expect(lines == [Line(level: .info, message: "a job was given back")])
        #expect(metrics.contains("dragoman_jobs_handed_back_total\(labels) 1"))
        #expect(!metrics.contains("dragoman_job_retries"))
    }

    @Test(
        arguments: [
            (1, JobState.queued, Logger.Level.warning, "a lease ran out", "dragoman_job_leases_lost_total 1"),
            (2, .queued, .warning, "a job is set aside", "dragoman_jobs_set_aside_total"),
            (3, .failed, .error, "a job was given up", "dragoman_dead_letters_total"),
        ]
    )
    func theDeathOfAWorkerSaysWhatBecomesOfItsJob(
        crashes: Int,
        state: JobState,
        level: Logger.Level,
        words: String,
        metric: String
    ) {
        let (lines, metrics) = report(.leaseExpired(job(state, crashes: crashes)))
        #expect(lines.map(\.level) == [level] && lines[0].message.contains(words))
        #expect(metrics.contains(metric), "\(metrics)")
    }

    @Test func whatHangsIsNamed() {
        let failed = job(.queued, failure: .timedOut(after: .seconds(9)))
        let timedOut = report(.settled(failed, handling: .zero, error: nil))
        #expect(timedOut.lines.map(\.level) == [.warning])
        #expect(timedOut.metrics.contains("dragoman_job_timeouts_total\(labels) 1"))
        let claim = Claim(jobID: job(.processing).id, attempt: 1)
        let abandoned = report(.abandoned(claim, total: 3))
        #expect(abandoned.lines.map(\.level) == [.error])
        #expect(abandoned.metrics.contains("dragoman_abandoned_handlers 3"))
    }
}
