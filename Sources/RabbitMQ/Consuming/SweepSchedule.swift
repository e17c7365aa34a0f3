internal import Environment
package import JobSystem

/// When a worker looks for jobs in the database itself, rather than by what the broker brought; a pure state machine.
///
/// - At the first request, whenever the interval has passed, and when no message came for as long as a worker waits for
///   one.
/// - Again at the next request, where that was fruitful: it brought as many jobs as were asked for and there are no
///   messages, or jobs that had been overlooked and every message since was about later ones. While there are messages,
///   such sweeps take every other turn only.
package struct SweepSchedule: Sendable {
    private let interval: Duration
    /// nil: at once.
    private var nextAt: ContinuousClock.Instant?
    private var isFruitful = false
    private var isMessagesTurn = false
    /// When the latest job that a message brought was submitted, by class.
    private var latest: [PriorityClass: Timestamp] = [:]

    package init(interval: Duration) { self.interval = interval }

    /// Whether to look now. If so, others that ask meanwhile need not.
    package mutating func begin(
        at now: ContinuousClock.Instant,
        hasMessages: Bool,
        nothingCame: Bool = false
    ) -> Bool {
        let isTime = nothingCame || nextAt.map { now >= $0 } ?? true
        let isRepetition = isFruitful && !(hasMessages && isMessagesTurn)
        isMessagesTurn = false
        guard isTime || isRepetition else { return false }
        nextAt = now + interval
        isMessagesTurn = true
        return true
    }

    /// Notes what a look brought.
    package mutating func end(found jobs: [Job], limit: Int, hasMessages: Bool) {
        isFruitful = hasMessages ? jobs.contains(where: isOverlooked) : !jobs.isEmpty && jobs.count >= limit
    }

    /// Notes jobs that messages brought.
    package mutating func note(messaged jobs: [Job]) {
        for job in jobs {
            let priorityClass = job.priority.priorityClass
            latest[priorityClass] = max(latest[priorityClass] ?? job.submittedAt, job.submittedAt)
        }
    }

    /// Look at the next request: jobs were recorded that no message tells of.
    package mutating func hurry() { nextAt = nil }

    /// Messages come in the order of submission. A job without one, though jobs that were submitted well after it have
    /// had theirs, has lost it, or it lies with a worker that is busy.
    private func isOverlooked(_ job: Job) -> Bool {
        latest[job.priority.priorityClass].map { job.submittedAt + interval < $0 } ?? false
    }
}
