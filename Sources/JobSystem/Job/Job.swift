package import Environment

/// The languages of a job, as codes; `auto` may stand for the source.
package struct JobLanguages: Hashable, Sendable {
    package var source: String
    package var target: String

    package init(source: String, target: String) {
        self.source = source
        self.target = target
    }
}

/// How many of a job's segments are done. `total` is 0 while unknown.
package struct JobProgress: Hashable, Sendable {
    package var done: Int
    package var total: Int

    /// Clamps `done` into `0...total`.
    package init(done: Int, total: Int) {
        self.total = max(0, total)
        self.done = min(max(0, done), self.total)
    }

    /// 0 to 100, rounded down.
    package var percent: Int { total == 0 ? 0 : Int(Double(done) / Double(total) * 100) }
}

/// What a job is made of, apart from its state: kept in rows of its own, so that changes of state stay small.
package struct JobInput: Hashable, Sendable {
    /// JSON whose shape the job's kind decides. Never read by the job system.
    package var payload: String
    /// JSON object that the submitter wants kept with the job.
    package var metadata: String?

    package init(payload: String, metadata: String? = nil) {
        self.payload = payload
        self.metadata = metadata
    }
}

/// The record of a job, without its texts (`JobStore.input`, `JobStore.result`).
package struct Job: Hashable, Sendable, Identifiable {
    package let id: JobID
    /// Who submitted it, and alone may see it.
    package let owner: String
    /// Names the handler, such as `text` or `document`.
    package let kind: String
    package let languages: JobLanguages
    package let priority: Priority
    /// Source words, for estimates and statistics.
    package let words: Int
    package let submittedAt: Timestamp
    package let idempotencyKey: String?
    package let webhookURL: String?
    /// How long after its end the job is kept, with its texts (`JobSubmission.shortestRetention` at least).
    package let retention: Duration

    package var state: JobState
    /// Number of the latest attempt, 0 before the first.
    package var attempt: Int
    /// Failed attempts since submission or the last retry by hand.
    package var failures: Int
    /// Attempts that ended with the death of their worker, whoever was to blame for it.
    package var crashes: Int
    /// Rises with every stored change; of two records of a job the one with the higher revision is newer.
    package var revision: Int64
    package var progress: JobProgress
    /// Not handed out before this time (the delay of a retry).
    package var availableAt: Timestamp
    /// The order in which waiting jobs are handed out (`Priority`).
    package var dueAt: Timestamp
    /// The worker that holds the lease, and until when; both exactly while `processing`.
    package var worker: String?
    package var leaseUntil: Timestamp?
    /// When the first attempt began.
    package var startedAt: Timestamp?
    package var endedAt: Timestamp?
    package var updatedAt: Timestamp
    /// Why the latest failed attempt failed; gone once the job completes.
    package var failure: JobFailure?
    /// When it joined the dead letters: failed, though every failure was one that may pass.
    package var deadLetteredAt: Timestamp?
    /// When its texts were erased, by an earlier version: it leaves with the next sweep.
    package var textsErasedAt: Timestamp?

    /// A job as it is submitted.
    package init(id: JobID, request: JobRequest, at time: Timestamp) {
        self.id = id
        owner = request.owner
        kind = request.kind
        languages = request.languages
        priority = request.priority
        words = request.words
        submittedAt = time
        idempotencyKey = request.idempotencyKey
        webhookURL = request.webhookURL
        retention = request.retention
        state = .queued
        attempt = 0
        failures = 0
        crashes = 0
        revision = 1
        progress = JobProgress(done: 0, total: request.segments)
        availableAt = time
        dueAt = request.priority.due(submittedAt: time)
        updatedAt = time
    }

    /// Its place in the rules of a job's life.
    package var stateMachine: JobStateMachine {
        JobStateMachine(state: state, attempt: attempt, failures: failures, crashes: crashes)
    }

    /// After so many crashes a job is set aside.
    package static let crashesBesideOthers = 2

    /// It is set aside: to be tried by a worker that runs nothing else, as it may be what killed the workers before. So the
    /// jobs that only ran beside such a one come to their end, and it can harm nobody any more.
    package var isApart: Bool { crashes >= Self.crashesBesideOthers }
}
