package import Environment
package import JobSystem

/// Jobs of one pair of languages in one state.
package struct TranslationCount: Hashable, Sendable {
    package var languages: JobLanguages
    package var state: JobState
    package var jobs: Int
    package var words: Int

    package init(languages: JobLanguages, state: JobState, jobs: Int, words: Int) {
        self.languages = languages
        self.state = state
        self.jobs = jobs
        self.words = words
    }
}

/// A day's jobs.
package struct DayCount: Hashable, Sendable {
    /// Midnight UTC.
    package var day: Timestamp
    package var jobs: Int
    package var completed: Int
    package var failed: Int
    package var words: Int

    package init(day: Timestamp, jobs: Int = 0, completed: Int = 0, failed: Int = 0, words: Int = 0) {
        self.day = day
        self.jobs = jobs
        self.completed = completed
        self.failed = failed
        self.words = words
    }
}

/// What was done within a period.
package struct ServiceStatistics: Hashable, Sendable {
    /// Notes there are now, whatever the period.
    package var notes: [NoteCount]
    package var totalNotes: Int
    /// By pair of languages and state; the pair with the most jobs first.
    package var translations: [TranslationCount]
    package var totalTranslations: Int
    /// Source words of completed jobs.
    package var words: Int
    /// From the first attempt's start to the end, of completed jobs; `nil` without any.
    package var averageProcessingTime: Duration?
    /// Of completed jobs, the share within their class's service level, 0 to 1; `nil` without any.
    package var withinServiceLevel: Double?
    /// 0 to 1; `nil` if nothing was looked up.
    package var cacheHitRate: Double?
    /// The latest first; days without jobs are left out.
    package var days: [DayCount]
}
