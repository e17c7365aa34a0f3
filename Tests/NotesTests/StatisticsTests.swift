import Contracts
import Environment
import JobSystem
import Notes
import Storage
import Testing

struct StatisticsTests {
    private static let start = ManualTime.start
    private static let day = Duration.seconds(86_400)

    private func complete(_ request: JobRequest, _ store: SQLJobStore, after seconds: Int, at time: Timestamp)
        async throws
    {
        _ = try await store.submit(SampleJobs.submission(request, at: time))
        let claimed = try await store.claim(ClaimRequest(worker: "w", time: time))
        let claim = try #require(claimed.first).claim
        _ = try await store.settle(claim, as: .completed(result: "{}"), at: time + .seconds(seconds))
    }

    @Test func theyCountWhatWasDone() async throws {
        try await withTwoDatabases { database, _ in
            let (jobs, notes) = (SQLJobStore(database), SQLNoteStore(database))
            let german = JobLanguages(source: "en", target: "de")
            for seconds in [10, 20] {
                try await complete(SampleJobs.request(words: 5), jobs, after: seconds, at: Self.start)
            }
            let request = SampleJobs.request(priority: Priority(.critical), languages: german, words: 7)
            try await complete(request, jobs, after: 60, at: Self.start + Self.day)
            _ = try await jobs.submit(SampleJobs.submission(SampleJobs.request(words: 100), at: Self.start))
            _ = try await jobs.submit(SampleJobs.submission(SampleJobs.request(owner: "eve"), at: Self.start))
            for number in 0..<3 {
                let owner = number == 2 ? "eve" : "ada"
                try await notes.insert(NotesSamples.note(UInt64(number), owner: owner), most: 9)
            }
            let service = StatisticsService(notes: notes, jobs: jobs)
            let period = StatisticsQuery(owner: "ada", from: Self.start, until: Self.start + Self.day + Self.day)
            let statistics = try await service.statistics(period, cacheHits: (hits: 3, lookUps: 4))
            #expect(statistics.notes == [NoteCount(language: "en", notes: 2)] && statistics.totalNotes == 2)
            let hindi = JobLanguages(source: "en", target: "hi")
            #expect(
                statistics.translations == [
                    TranslationCount(languages: hindi, state: .completed, jobs: 2, words: 10),
                    TranslationCount(languages: hindi, state: .queued, jobs: 1, words: 100),
                    TranslationCount(languages: german, state: .completed, jobs: 1, words: 7),
                ]
            )
            #expect(statistics.totalTranslations == 4 && statistics.words == 17)
            #expect(statistics.averageProcessingTime == .seconds(30))
            #expect(try abs(#require(statistics.withinServiceLevel) - 2 / 3) < 1e-9)
            #expect(statistics.cacheHitRate == 0.75)
            #expect(
                statistics.days == [
                    DayCount(day: Self.start + Self.day, jobs: 1, completed: 1, words: 7),
                    DayCount(day: Self.start, jobs: 3, completed: 2, words: 110),
                ]
            )
        }
    }

    @Test func withNothingDoneThereIsNothingToDivideBy() async throws {
        try await withTwoDatabases { database, _ in
            let service = StatisticsService(notes: SQLNoteStore(database), jobs: SQLJobStore(database))
            let period = StatisticsQuery(from: Self.start, until: Self.start + Self.day)
            let statistics = try await service.statistics(period, cacheHits: (hits: 0, lookUps: 0))
            #expect(statistics.averageProcessingTime == nil && statistics.withinServiceLevel == nil)
            #expect(statistics.cacheHitRate == nil && statistics.translations.isEmpty && statistics.days.isEmpty)
        }
    }
}
