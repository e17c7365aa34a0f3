package import Environment

/// Carries what happens to jobs to whoever follows them.
///
/// Promises: publishing never fails, never waits for a subscriber and never fills memory. A subscription sees every event
/// published after `subscribe` returned, in order for each publisher, or a `.gap` where events were lost: its buffer was
/// full, or a connection was away. After a gap, read the store. The bus is no record: what must be known is in the store.
package protocol EventBus: Sendable {
    func publish(_ event: JobEvent) async

    /// Starts to listen; dropping the subscription ends it.
    func subscribe(to topic: EventTopic) async -> JobSubscription
}

/// Which events a subscription brings.
package enum EventTopic: Hashable, Sendable {
    case job(JobID)
    /// All jobs of an owner.
    case owner(String)
    case everything
}

/// A job as followers see it.
package struct JobSnapshot: Hashable, Sendable {
    package var id: JobID
    package var owner: String
    package var kind: String
    package var state: JobState
    package var attempt: Int
    package var revision: Int64
    package var progress: JobProgress
    package var updatedAt: Timestamp
    package var endedAt: Timestamp?
    package var failure: JobFailure?

    package init(
        id: JobID,
        owner: String,
        kind: String,
        state: JobState,
        attempt: Int,
        revision: Int64,
        progress: JobProgress,
        updatedAt: Timestamp,
        endedAt: Timestamp?,
        failure: JobFailure?
    ) {
        self.id = id
        self.owner = owner
        self.kind = kind
        self.state = state
        self.attempt = attempt
        self.revision = revision
        self.progress = progress
        self.updatedAt = updatedAt
        self.endedAt = endedAt
        self.failure = failure
    }

    package init(_ job: Job) {
        id = job.id
        owner = job.owner
        kind = job.kind
        state = job.state
        attempt = job.attempt
        revision = job.revision
        progress = job.progress
        updatedAt = job.updatedAt
        endedAt = job.endedAt
        failure = job.failure
    }

    /// Whether this tells more than `other`, of the same job. Progress that is not stored yet keeps the revision.
    package func isNewer(than other: JobSnapshot) -> Bool {
        revision != other.revision ? revision > other.revision : progress.done > other.progress.done
    }
}

/// A finished segment. `payload` is JSON whose shape the job's kind decides.
package struct JobSegment: Hashable, Sendable {
    package var index: Int
    package var payload: String

    package init(index: Int, payload: String) {
        self.index = index
        self.payload = payload
    }
}

/// Something happened to a job: where it is now, and the segment that was finished, if that is what happened.
package struct JobEvent: Hashable, Sendable {
    package var job: JobSnapshot
    package var segment: JobSegment?

    package init(job: JobSnapshot, segment: JobSegment? = nil) {
        self.job = job
        self.segment = segment
    }
}
