package import Environment

/// How urgent a job is. Each class has a range of scores and a service level: the time within which its jobs should end.
package enum PriorityClass: String, CaseIterable, Sendable, Codable {
    case critical = "CRITICAL"
    case high = "HIGH"
    case standard = "STANDARD"

    /// The scores of the class. Together the classes cover 0 to 100.
    package var scores: ClosedRange<Int> {
        switch self {
        case .critical: 90...100
        case .high: 70...89
        case .standard: 0...69
        }
    }

    /// The time from submission to end that the class promises.
    package var serviceLevel: Duration {
        switch self {
        case .critical: .seconds(30)
        case .high: .seconds(120)
        case .standard: .seconds(600)
        }
    }
}

/// A job's score from 0 to 100, and the order in which waiting jobs are handed out.
///
/// A job is **due** at `submission + allowance(score)`. The allowance is the class's service level at the lowest score of
/// the class and falls evenly to about half of it at the highest:
///
///     allowance(score) = serviceLevel × (2n − (score − lowest)) / 2n      n = number of scores in the class
///
/// Waiting jobs are handed out by due time, the earliest first. That is ageing: a job's due time is fixed when it is
/// submitted, while that of newcomers moves on, so that no stream of urgent jobs keeps a job waiting for ever. A STANDARD
/// job overtakes new CRITICAL ones after 570 s. The due time is a column with an index; nothing is recomputed as time
/// passes.
package struct Priority: Hashable, Sendable {
    package let score: Int

    /// `nil` unless the score is 0 to 100.
    package init?(score: Int) {
        guard (0...100).contains(score) else { return nil }
        self.score = score
    }

    /// The lowest score of the class, whose allowance is exactly the class's service level.
    package init(_ priorityClass: PriorityClass) { score = priorityClass.scores.lowerBound }

    package var priorityClass: PriorityClass {
        switch score {
        case PriorityClass.critical.scores: .critical
        case PriorityClass.high.scores: .high
        default: .standard
        }
    }

    /// How long a job of this score may wait before every new job comes after it. Falls strictly with the score.
    package var allowance: Duration {
        let scores = priorityClass.scores
        let parts = 2 * Int64(scores.count)
        let left = parts - Int64(score - scores.lowerBound)
        return .microseconds(priorityClass.serviceLevel.wholeMicroseconds * left / parts)
    }

    /// When a job submitted at `time` is due.
    package func due(submittedAt time: Timestamp) -> Timestamp { time + allowance }

    /// The job's score raised by waiting: the highest score at which a job submitted at `now` would be due no earlier. It
    /// starts as the job's own score, never falls while time passes, and ends at 100.
    package static func effectiveScore(dueAt due: Timestamp, now: Timestamp) -> Int {
        let left = due - now
        let higher = stride(from: 100, through: 0, by: -1).first { score in
            Priority(score: score).map { $0.allowance >= left } ?? false
        }
        return higher ?? 0
    }
}
