internal import Environment
internal import JobSystem

/// A job's life so far. Its state follows the job system's own rules.
struct SimulatedJob {
    let priority: Priority
    let words: Double
    let submittedAt: Timestamp
    /// The same for all its life, however often it is tried.
    let dueAt: Timestamp
    var machine = JobStateMachine()
    /// Of the present attempt; what an attempt that ended early has done is lost.
    var wordsLeft: Double
    /// When a worker first worked on it.
    var firstServedAt: Timestamp?
    var endedAt: Timestamp?
    /// Results written. More than one would be a fault.
    var completions = 0

    init(_ arrival: Arrival, at time: Timestamp) {
        priority = arrival.priority
        words = arrival.words
        submittedAt = time
        dueAt = arrival.priority.due(submittedAt: time)
        wordsLeft = arrival.words
    }
}
