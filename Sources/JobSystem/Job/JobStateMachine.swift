/// The rules of a job's life: which event leads from which state to which. Pure; every store follows it, and the contract
/// suite compares them event by event.
package struct JobStateMachine: Hashable, Sendable {
    /// What can happen to a job.
    package enum Event: String, CaseIterable, Sendable {
        /// A worker takes it: a new attempt begins.
        case claim
        /// The holder of the lease records the result.
        case complete
        /// The attempt failed, and it is to be tried again.
        case requeue
        /// The attempt failed for good, or once too often.
        case fail
        /// The holder gives it back untouched, because it shuts down. Not a failure.
        case handBack
        /// The holder died, and it is to be tried again. Not a failure: who is to blame is not known.
        case crash
        /// The holder died, once too often.
        case giveUp
        /// Somebody withdraws it.
        case cancel
        /// Somebody has a failed job tried again, with all its tries.
        case retry
    }

    package private(set) var state: JobState
    /// Number of the latest attempt: 0 before the first. Only ever rises, so that it names an attempt for good.
    package private(set) var attempt: Int
    /// Failed attempts since submission or the last `retry`.
    package private(set) var failures: Int
    /// Attempts that ended with their worker's death. A `retry` leaves as many as keep the job apart (`Job.isApart`).
    package private(set) var crashes: Int

    package init(state: JobState = .queued, attempt: Int = 0, failures: Int = 0, crashes: Int = 0) {
        self.state = state
        self.attempt = attempt
        self.failures = failures
        self.crashes = crashes
    }

    /// The state that follows, or `nil` where the event is not allowed.
    package static func next(_ state: JobState, _ event: Event) -> JobState? {
        switch (state, event) {
        case (.queued, .claim): .processing
        case (.processing, .complete): .completed
        case (.processing, .requeue), (.processing, .handBack), (.processing, .crash): .queued
        case (.processing, .fail), (.processing, .giveUp): .failed
        case (.queued, .cancel), (.processing, .cancel): .cancelled
        case (.failed, .retry): .queued
        default: nil
        }
    }

    /// The states in which the event is allowed.
    package static func states(allowing event: Event) -> [JobState] {
        JobState.allCases.filter { next($0, event) != nil }
    }

    /// Takes the step.
    /// - Throws: `JobError` `.conflict` where the event is not allowed; nothing changes then.
    package mutating func apply(_ event: Event) throws(JobError) {
        guard let next = Self.next(state, event) else { throw Self.conflict(state, event) }
        state = next
        switch event {
        case .claim: attempt += 1
        case .requeue, .fail: failures += 1
        case .crash, .giveUp: crashes += 1
        case .retry: (failures, crashes) = (0, min(crashes, Job.crashesBesideOthers))
        case .complete, .handBack, .cancel: break
        }
    }

    /// The error for an event that the state does not allow.
    package static func conflict(_ state: JobState, _ event: Event) -> JobError {
        let allowed = states(allowing: event).map { "'\($0.rawValue)'" }.joined(separator: " or ")
        return JobError(
            .conflict,
            "The job is '\(state.rawValue)', which does not allow '\(event.rawValue)'; expected \(allowed)."
        )
    }
}
