package import Environment

/// A validated request on its way into a store.
package struct JobSubmission: Sendable {
    /// How long an idempotency key stands for its request.
    package static let keyLifetime = Duration.seconds(24 * 3600)
    /// How long an ended job is kept at least, whatever its retention, so that whoever waits for it can read it.
    package static let shortestRetention = Duration.seconds(60)

    package let job: Job
    package let input: JobInput
    /// Tells requests under one idempotency key apart.
    package let fingerprint: String

    package init(id: JobID, request: JobRequest, at time: Timestamp) {
        job = Job(id: id, request: request, at: time)
        input = request.input
        fingerprint = request.fingerprint
    }
}

/// What became of a submission.
package enum SubmissionOutcome: Hashable, Sendable {
    /// A new job.
    case accepted(Job)
    /// The job that the idempotency key already stands for.
    case repeated(Job)

    package var job: Job {
        switch self {
        case .accepted(let job), .repeated(let job): job
        }
    }
}

/// One attempt at a job: what fenced writes are fenced by.
package struct Claim: Hashable, Sendable {
    package let jobID: JobID
    package let attempt: Int

    package init(jobID: JobID, attempt: Int) {
        self.jobID = jobID
        self.attempt = attempt
    }
}

/// A job that a worker holds, with what it needs to work.
package struct ClaimedJob: Hashable, Sendable {
    package let job: Job
    package let input: JobInput

    package init(job: Job, input: JobInput) {
        self.job = job
        self.input = input
    }

    package var claim: Claim { Claim(jobID: job.id, attempt: job.attempt) }
}

/// Which jobs a worker asks for.
package struct ClaimRequest: Hashable, Sendable {
    /// Names the worker in the record.
    package var worker: String
    package var limit: Int
    package var lease: Duration
    /// Only jobs of these classes.
    package var classes: Set<PriorityClass>
    /// Only jobs of these kinds; `nil`: of any.
    package var kinds: [String]?
    /// Only jobs of these languages, their codes in capitals or not; `nil`: of any.
    package var languages: LanguageCoverage?
    /// Only these jobs: a broker brought their ids. At most 1,000; `nil`: any.
    package var only: [JobID]?
    /// What is done about jobs that are set aside (`Job.isApart`).
    package var apart: ApartJobs
    /// The time of the claim.
    package var time: Timestamp

    package init(
        worker: String,
        limit: Int = 1,
        lease: Duration = .seconds(30),
        classes: Set<PriorityClass> = Set(PriorityClass.allCases),
        kinds: [String]? = nil,
        languages: LanguageCoverage? = nil,
        only: [JobID]? = nil,
        apart: ApartJobs = .leave,
        time: Timestamp
    ) {
        self.worker = worker
        self.limit = limit
        self.lease = lease
        self.classes = classes
        self.kinds = kinds
        self.languages = languages
        self.only = only
        self.apart = apart
        self.time = time
    }
}

/// What a worker that asks for jobs does about those that are set aside (`Job.isApart`). Each of them is handed out alone.
package enum ApartJobs: Hashable, Sendable {
    /// Leaves them to others, as it runs something.
    case leave
    /// Runs nothing, and takes one of them before all others.
    case first
    /// Runs nothing, and takes one of them if there are no others.
    case last
}

/// How an attempt ends.
package enum AttemptEnding: Hashable, Sendable {
    /// With a result (JSON).
    case completed(result: String)
    /// For good. `deadLetter`: it failed too often, rather than in a way that cannot pass.
    case failed(JobFailure, deadLetter: Bool)
    /// To be tried again, not before `availableAt`.
    case retryLater(JobFailure, availableAt: Timestamp)
    /// Given back untouched by a worker that shuts down; at once available, not a failure.
    case handedBack
    /// Given back by a worker that cannot do it, for another to take, not before `availableAt`. Not a failure.
    case refused(availableAt: Timestamp)
    /// With its worker: to be tried again, not before `availableAt`. Only if the lease has ended before `before`: its
    /// holder may have renewed it.
    case crashed(before: Timestamp, availableAt: Timestamp)
    /// With its worker, once too often: as `crashed`, but for good and as a dead letter.
    case givenUp(before: Timestamp, JobFailure)

    /// The step of the state machine.
    package var event: JobStateMachine.Event {
        switch self {
        case .completed: .complete
        case .failed: .fail
        case .retryLater: .requeue
        case .handedBack, .refused: .handBack
        case .crashed: .crash
        case .givenUp: .giveUp
        }
    }
}

/// What became of a fenced write.
package enum FencedOutcome: Hashable, Sendable {
    /// It took effect; the job as it is now.
    case applied(Job)
    /// The attempt is no longer the current one, or the job has ended or gone; nothing changed.
    case lost
}
