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
        case .handedBack(let job, let handling):
            count("dragoman_jobs_handed_back", labels(job))
            logger.info("a job was given back", metadata: metadata(job, handling))
        case .leaseExpired(let job): leaseExpired(job)
        case .abandoned(let claim, let total):
            set("dragoman_abandoned_handlers", total)
            logger.error(
                "a job does not end though it was told to; its slot is free again",
                metadata: metadata(claim, total)
            )
        case .abandonedEnded(let claim, let total):
            set("dragoman_abandoned_handlers", total)
            logger.notice("a job that did not end has ended after all", metadata: metadata(claim, total))
        case .storeFailed(let error):
            count("dragoman_store_failures", [])
            logger.error("the job store failed", metadata: ["error": "\(error)"])
        }
    }

    private func leaseExpired(_ job: Job) {
        count("dragoman_job_leases_lost", [])
        let metadata: Logger.Metadata = [
            "job.id": "\(job.id)", "job.attempt": "\(job.attempt)", "job.crashes": "\(job.crashes)",
        ]
        if job.state == .failed {
            count("dragoman_jobs_ended", labels(job) + [("state", job.state.rawValue)])
            count("dragoman_dead_letters", labels(job))
            logger.error("a job was given up: it kills the process that works on it", metadata: metadata)
        } else if job.isApart {
            count("dragoman_jobs_set_aside", labels(job))
            logger.warning("a job is set aside: it is tried with nothing beside it", metadata: metadata)
        } else {
            logger.warning("a lease ran out: the worker stopped answering", metadata: metadata)
        }
    }

    private func settled(_ job: Job, _ handling: Duration, _ error: (any Error)?) {
        let priorityClass = job.priority.priorityClass.rawValue.lowercased()
        let labels = labels(job)
        Timer(label: "dragoman_job_handling_seconds", dimensions: labels, factory: metrics)
            .recordNanoseconds(handling.wholeMicroseconds * 1000)
        switch job.state {
        case .queued: count("dragoman_job_retries", labels)
        case .failed, .completed, .cancelled, .processing:
            count("dragoman_jobs_ended", labels + [("state", job.state.rawValue)])
        }
        if job.failure?.code == JobFailure.timeoutCode { count("dragoman_job_timeouts", labels) }
        if job.state == .failed, job.deadLetteredAt != nil { count("dragoman_dead_letters", labels) }
        if job.state == .completed, let ended = job.endedAt {
            count("dragoman_words_translated", labels, by: job.words)
            let isMet = ended - job.submittedAt <= job.priority.priorityClass.serviceLevel
            count("dragoman_service_level", [("class", priorityClass), ("met", isMet ? "true" : "false")])
        }
        log(job, handling, error)
    }

    private func log(_ job: Job, _ handling: Duration, _ error: (any Error)?) {
        var metadata = metadata(job, handling)
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

    private func labels(_ job: Job) -> [(String, String)] {
        [("kind", job.kind), ("class", job.priority.priorityClass.rawValue.lowercased())]
    }

    private func metadata(_ job: Job, _ handling: Duration) -> Logger.Metadata {
        [
            "job.id": "\(job.id)", "job.kind": "\(job.kind)", "job.state": "\(job.state.rawValue)",
            "job.attempt": "\(job.attempt)", "job.words": "\(job.words)",
            "duration_ms": "\(handling.wholeMicroseconds / 1000)",
        ]
    }

    private func metadata(_ claim: Claim, _ abandoned: Int) -> Logger.Metadata {
        ["job.id": "\(claim.jobID)", "job.attempt": "\(claim.attempt)", "abandoned": "\(abandoned)"]
    }

    private func set(_ name: String, _ value: Int) {
        Gauge(label: name, factory: metrics).record(value)
    }

    private func count(_ name: String, _ labels: [(String, String)], by amount: Int = 1) {
        Counter(label: name, dimensions: labels, factory: metrics).increment(by: amount)
    }
}
