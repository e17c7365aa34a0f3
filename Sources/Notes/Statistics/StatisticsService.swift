internal import Environment
package import JobSystem

/// Counts what was done, on the databases' `GROUP BY`.
package struct StatisticsService: Sendable {
    private let notes: any NoteStore
    private let jobs: any JobStore

    package init(notes: any NoteStore, jobs: any JobStore) {
        self.notes = notes
        self.jobs = jobs
    }

    /// - Parameters:
    ///   - query: whose jobs, and submitted when.
    ///   - cacheHits: look-ups that found something, and all look-ups, as whoever owns the cache counted them.
    /// - Throws: `NoteError`, `JobError`.
    package func statistics(
        _ query: StatisticsQuery,
        cacheHits: (hits: Int, lookUps: Int)
    ) async throws -> ServiceStatistics {
        let noteCounts = try await notes.counts(owner: query.owner)
        let rows = try await jobs.statistics(query)
        let completed = rows.filter { $0.state == .completed }
        let completedJobs = completed.reduce(0) { $0 + $1.jobs }
        let time = completed.reduce(Duration.zero) { $0 + $1.processingTime }
        let inTime = completed.reduce(0) { $0 + $1.withinServiceLevel }
        return ServiceStatistics(
            notes: noteCounts,
            totalNotes: noteCounts.reduce(0) { $0 + $1.notes },
            translations: Self.translations(rows),
            totalTranslations: rows.reduce(0) { $0 + $1.jobs },
            words: completed.reduce(0) { $0 + $1.words },
            averageProcessingTime: completedJobs == 0 ? nil : time / completedJobs,
            withinServiceLevel: completedJobs == 0 ? nil : Double(inTime) / Double(completedJobs),
            cacheHitRate: cacheHits.lookUps <= 0 ? nil : Double(cacheHits.hits) / Double(cacheHits.lookUps),
            days: Self.days(rows)
        )
    }

    private struct PairAndState: Hashable {
        var languages: JobLanguages
        var state: JobState
    }

    private static func translations(_ rows: [JobStatistics]) -> [TranslationCount] {
        var counts: [PairAndState: TranslationCount] = [:]
        var jobsOfPair: [JobLanguages: Int] = [:]
        for row in rows {
            let empty = TranslationCount(languages: row.languages, state: row.state, jobs: 0, words: 0)
            let key = PairAndState(languages: row.languages, state: row.state)
            counts[key, default: empty].jobs += row.jobs
            counts[key, default: empty].words += row.words
            jobsOfPair[row.languages, default: 0] += row.jobs
        }
        func order(_ count: TranslationCount) -> (Int, String, String, String) {
            let languages = count.languages
            return (-(jobsOfPair[languages] ?? 0), languages.source, languages.target, count.state.rawValue)
        }
        return counts.values.sorted { order($0) < order($1) }
    }

    private static func days(_ rows: [JobStatistics]) -> [DayCount] {
        var days: [Timestamp: DayCount] = [:]
        for row in rows {
            var day = days[row.day] ?? DayCount(day: row.day)
            day.jobs += row.jobs
            day.words += row.words
            if row.state == .completed { day.completed += row.jobs }
            if row.state == .failed { day.failed += row.jobs }
            days[row.day] = day
        }
        return days.values.sorted { $0.day > $1.day }
    }
}
