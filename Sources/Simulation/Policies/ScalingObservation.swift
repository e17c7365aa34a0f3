package import Environment
internal import JobSystem

/// What an autoscaler sees when it looks: numbers that the server exports as metrics, and no more than those.
package struct ScalingObservation: Sendable {
    /// What waits in a class.
    package struct Waiting: Hashable, Sendable {
        package var jobs: Int
        package var words: Double
        /// When the first of them is due; `nil` where none waits.
        package var firstDue: Timestamp?

        package init(jobs: Int, words: Double, firstDue: Timestamp?) {
            self.jobs = jobs
            self.words = words
            self.firstDue = firstDue
        }
    }

    package var time: Timestamp
    /// Since the last look.
    package var interval: Duration
    /// Workers that can claim, and those on their way.
    package var ready: Int
    package var starting: Int
    /// By class, as in `PriorityClass.allCases`.
    package var waiting: [Waiting]
    /// Jobs that workers hold.
    package var processing: Int
    /// The share of the last minute in which ready workers had work: 0 to 1.
    package var utilisation: Double
    /// Words that came in since the last look.
    package var arrivedWords: Double

    package init(
        time: Timestamp,
        interval: Duration,
        ready: Int,
        starting: Int,
        waiting: [Waiting],
        processing: Int,
        utilisation: Double,
        arrivedWords: Double
    ) {
        self.time = time
        self.interval = interval
        self.ready = ready
        self.starting = starting
        self.waiting = waiting
        self.processing = processing
        self.utilisation = utilisation
        self.arrivedWords = arrivedWords
    }

    /// Workers there are or will be, those left out that are on their way out.
    package var workers: Int { ready + starting }
    package var waitingJobs: Int { waiting.reduce(0) { $0 + $1.jobs } }

    /// Seconds since the simulation's begin.
    var seconds: Double { Double(time.microseconds) / 1e6 }

    /// The words a second that let every waiting job be worked off by the time at which it is due. Classes go in the
    /// order of their due times, so that what waits in an earlier class has to be done too.
    /// - Parameter shortest: the least time to count on, in seconds; work that is late already cannot be done in none.
    package func speedForBacklog(shortest: Double) -> Double {
        var words = 0.0
        return waiting.reduce(0) { speed, waiting in
            words += waiting.words
            guard let due = waiting.firstDue else { return speed }
            return max(speed, words / max(shortest, (due - time) / .seconds(1)))
        }
    }
}
