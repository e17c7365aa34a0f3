package import Environment

/// A worker as it tells the others about itself, every few seconds: how operators know who is there, what each can do,
/// and who has fallen silent.
package struct WorkerRecord: Hashable, Sendable {
    /// How often a worker says that it is there.
    package static let interval = Duration.seconds(5)
    /// After this long without a word a worker is taken for gone.
    package static let patience = Duration.seconds(20)

    /// Different for every process.
    package var name: String
    package var classes: Set<PriorityClass>
    /// What it can translate; `nil`: whatever comes.
    package var languages: LanguageCoverage?
    /// Jobs it works on at once, at most.
    package var concurrency: Int
    /// Jobs it works on now.
    package var runningJobs: Int
    package var startedAt: Timestamp
    package var seenAt: Timestamp

    package init(
        name: String,
        classes: Set<PriorityClass> = Set(PriorityClass.allCases),
        languages: LanguageCoverage? = nil,
        concurrency: Int,
        runningJobs: Int,
        startedAt: Timestamp,
        seenAt: Timestamp
    ) {
        self.name = name
        self.classes = classes
        self.languages = languages
        self.concurrency = concurrency
        self.runningJobs = runningJobs
        self.startedAt = startedAt
        self.seenAt = seenAt
    }
}

extension WorkerLoop {
    /// The worker as it is at `time`.
    package func record(startedAt: Timestamp, at time: Timestamp) -> WorkerRecord {
        WorkerRecord(
            name: configuration.name,
            classes: configuration.classes,
            languages: configuration.languages,
            concurrency: configuration.concurrency,
            runningJobs: runningJobs,
            startedAt: startedAt,
            seenAt: time
        )
    }
}
