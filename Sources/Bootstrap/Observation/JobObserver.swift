package import CoreMetrics
internal import Environment
package import JobSystem
package import Logging

/// Turns what happens to jobs into metrics and log lines. Neither names a user or holds a text.
package struct JobObserver: Sendable {
    private let metrics: any MetricsFactory
    private let logger: Logger

    package init(metrics: any MetricsFactory, logger: Logger) {
        self.metrics = metrics
        self.logger = logger
    }

    package func report(_ incident: JobIncident) {
        switch incident {
        case .settled(let job, let handling, let error): settled(job, handling, error)
        case .revoked(let claim):
            count("dragoman_job_revocations", [])
            logger.info(
                "an attempt was withdrawn",
                metadata: ["job.id": "\(claim.jobID)", "job.attempt": "\(claim.attempt)"]
            )
        case .leaseExpired(let job):
            count("dragoman_job_leases_lost", [])
            logger.warning("a lease ran out", metadata: ["job.id": "\(job.id)", "job.attempt": "\(job.attempt)"])
        case .storeFailed(let error):
            count("dragoman_store_failures", [])
            logger.error("the job store failed", metadata: ["error": "\(error)"])
        }
    }

    private func settled(_ job: Job, _ handling: Duration, _ error: (any Error)?) {
        let priorityClass = job.priority.priorityClass.rawValue.lowercased()
        let labels = [("kind", job.kind), ("class", priorityClass)]
        Timer(label: "dragoman_job_handling_seconds", dimensions: labels, factory: metrics)
            .recordNanoseconds(handling.wholeMicroseconds * 1000)
        switch job.state {
        case .queued: count("dragoman_job_retries", labels)
        case .failed, .completed, .cancelled, .processing:
            count("dragoman_jobs_ended", labels + [("state", job.state.rawValue)])
        }
        if job.state == .failed, job.deadLetteredAt != nil { count("dragoman_dead_letters", labels) }
        if job.state == .completed, let ended = job.endedAt {
            count("dragoman_words_translated", labels, by: job.words)
            let isMet = ended - job.submittedAt <= job.priority.priorityClass.serviceLevel
            count("dragoman_service_level", [("class", priorityClass), ("met", isMet ? "true" : "false")])
        }
        log(job, handling, error)
    }

    private func log(_ job: Job, _ handling: Duration, _ error: (any Error)?) {
        var metadata: Logger.Metadata = [
            "job.id": "\(job.id)", "job.kind": "\(job.kind)", "job.state": "\(job.state.rawValue)",
            "job.attempt": "\(job.attempt)", "job.words": "\(job.words)",
            "duration_ms": "\(handling.wholeMicroseconds / 1000)",
        ]
        if let failure = job.failure { metadata["job.failure"] = "\(failure.code)" }
        if let error { metadata["error"] = "\(error)" }
        if error != nil {
            logger.error("an attempt failed unexpectedly", metadata: metadata)
        } else if job.state == .failed || job.state == .queued {
            logger.warning("an attempt failed", metadata: metadata)
        } else {
            logger.info("a job ended", metadata: metadata)
        }
    }

    private func count(_ name: String, _ labels: [(String, String)], by amount: Int = 1) {
        Counter(label: name, dimensions: labels, factory: metrics).increment(by: amount)
    }
}
