internal import Environment

/// Why an attempt failed. Handlers throw it; anything else they throw counts as an internal, retryable failure.
package struct JobFailure: Error, Hashable, Sendable {
    /// A short name for programs, such as `model_missing`.
    package var code: String
    /// For the person who submitted the job. Holds no text of theirs and nothing about the machine.
    package var message: String
    /// Whether another attempt may end better.
    package var isRetryable: Bool

    package init(code: String, message: String, isRetryable: Bool) {
        self.code = code
        self.message = message
        self.isRetryable = isRetryable
    }

    /// The worker stopped renewing the lease: it died, hung, or was cut off.
    package static let leaseLost = JobFailure(
        code: "lease_lost",
        message: "The worker that held the job stopped answering.",
        isRetryable: true
    )

    /// The worker died again and again, the last time with nothing beside the job: it is to blame.
    package static func workersDied(times: Int) -> JobFailure {
        let alone = times > Job.crashesBesideOthers ? ", at last with nothing beside it" : ""
        return JobFailure(
            code: "worker_died",
            message: "The process that worked on this job died \(times) times\(alone).",
            isRetryable: true
        )
    }

    /// The code of `timedOut`.
    package static let timeoutCode = "attempt_timeout"

    /// Nothing of the job was done for longer than it may take.
    package static func timedOut(after silence: Duration) -> JobFailure {
        let seconds = silence.wholeMicroseconds / 1_000_000
        return JobFailure(
            code: timeoutCode,
            message: "The attempt was ended as nothing of it was done for \(seconds) seconds.",
            isRetryable: true
        )
    }

    /// A handler threw something that is not a `JobFailure`.
    package static let `internal` = JobFailure(
        code: "internal",
        message: "The job failed for a reason that is recorded in the server's log.",
        isRetryable: true
    )

    /// Makes the failure fit to be stored: no NUL, the code at most 64 bytes, the message at most 2,000 characters.
    package var bounded: JobFailure {
        func clean(_ text: String, _ count: Int) -> String {
            String(text.unicodeScalars.lazy.filter { $0 != "\0" }.prefix(count).map(Character.init))
        }
        let code = clean(code, 64)
        return JobFailure(
            code: code.isEmpty || code.utf8.count > 64 ? "internal" : code,
            message: clean(message, 2000),
            isRetryable: isRetryable
        )
    }
}
