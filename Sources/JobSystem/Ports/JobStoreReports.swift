package import Environment

/// A place in a list of jobs. Its text form goes to clients; treat it as opaque there.
package struct JobCursor: Hashable, Sendable {
    package var time: Timestamp
    package var id: JobID

    package init(time: Timestamp, id: JobID) {
        self.time = time
        self.id = id
    }

    /// Reads the text form; `nil` for anything else.
    package init?(text: String) {
        guard text.utf8.count <= 64 else { return nil }
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let time = Int64(parts[0]), let id = JobID(String(parts[1])) else { return nil }
        self.init(time: Timestamp(microseconds: time), id: id)
    }

    package var text: String { "\(time.microseconds).\(id)" }
}

/// Which of an owner's jobs to list. `limit` is clamped to 1...200.
package struct JobListQuery: Hashable, Sendable {
    package var owner: String
    package var state: JobState?
    package var limit: Int
    /// Where the last page ended.
    package var cursor: JobCursor?

    package init(owner: String, state: JobState? = nil, limit: Int = 50, cursor: JobCursor? = nil) {
        self.owner = owner
        self.state = state
        self.limit = limit
        self.cursor = cursor
    }
}

/// Some jobs, and where to go on; no cursor on the last page.
package struct JobPage: Hashable, Sendable {
    package var jobs: [Job]
    package var next: JobCursor?

    package init(jobs: [Job], next: JobCursor?) {
        self.jobs = jobs
        self.next = next
    }
}

/// What waits and what runs.
package struct QueueStatus: Hashable, Sendable {
    package struct Waiting: Hashable, Sendable {
        package var jobs: Int
        package var words: Int
        /// When the job that waits longest was submitted.
        package var oldest: Timestamp

        package init(jobs: Int, words: Int, oldest: Timestamp) {
            self.jobs = jobs
            self.words = words
            self.oldest = oldest
        }
    }

    /// Classes without a waiting job are left out.
    package var waiting: [PriorityClass: Waiting]
    /// Jobs with a lease, by class.
    package var processing: [PriorityClass: Int]

    package init(waiting: [PriorityClass: Waiting] = [:], processing: [PriorityClass: Int] = [:]) {
        self.waiting = waiting
        self.processing = processing
    }

    package var waitingJobs: Int { waiting.values.reduce(0) { $0 + $1.jobs } }
}

/// A number of jobs.
package struct JobCount: Hashable, Sendable {
    package var state: JobState
    package var priorityClass: PriorityClass
    package var jobs: Int

    package init(state: JobState, priorityClass: PriorityClass, jobs: Int) {
        self.state = state
        self.priorityClass = priorityClass
        self.jobs = jobs
    }
}

/// Where a waiting job stands.
package struct QueuePosition: Hashable, Sendable {
    /// No more than this many jobs ahead are counted, so that asking stays cheap in a long queue.
    package static let horizon = 10_000

    /// 1 for the next one to be handed out.
    package var position: Int
    /// Source words of the jobs ahead.
    package var wordsAhead: Int

    package init(position: Int, wordsAhead: Int) {
        self.position = position
        self.wordsAhead = wordsAhead
    }
}

/// What to count: jobs submitted on the days (UTC) that `[from, until)` touches.
package struct StatisticsQuery: Hashable, Sendable {
    /// `nil`: everybody's.
    package var owner: String?
    package var from: Timestamp
    package var until: Timestamp

    package init(owner: String? = nil, from: Timestamp, until: Timestamp) {
        self.owner = owner
        self.from = from
        self.until = until
    }
}

/// Jobs of one day, one pair of languages, one class and one state.
package struct JobStatistics: Hashable, Sendable {
    /// Midnight UTC.
    package var day: Timestamp
    package var languages: JobLanguages
    package var priorityClass: PriorityClass
    package var state: JobState
    package var jobs: Int
    package var words: Int
    /// From the first attempt's start to the end, summed over the jobs that have both.
    package var processingTime: Duration
    /// Jobs that completed within their class's service level.
    package var withinServiceLevel: Int

    package init(
        day: Timestamp,
        languages: JobLanguages,
        priorityClass: PriorityClass,
        state: JobState,
        jobs: Int,
        words: Int,
        processingTime: Duration,
        withinServiceLevel: Int
    ) {
        self.day = day
        self.languages = languages
        self.priorityClass = priorityClass
        self.state = state
        self.jobs = jobs
        self.words = words
        self.processingTime = processingTime
        self.withinServiceLevel = withinServiceLevel
    }
}
