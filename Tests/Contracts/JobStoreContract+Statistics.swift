internal import Environment
internal import JobSystem
internal import Testing

/// Numbers that outlive the jobs.
extension JobStoreContract {
    /// Everybody's, or an owner's, from a week before the start to a week after it.
    private func statistics(of owner: String? = nil) async throws -> [JobStatistics] {
        let week = Duration.seconds(7 * 86_400)
        let query = StatisticsQuery(owner: owner, from: Self.start + (.zero - week), until: Self.start + week)
        return try await store.statistics(query)
    }

    private func counts() async throws -> Set<JobCount> { Set(try await store.counts()) }

    /// Jobs in every state, of two owners.
    private func submitInEveryState() async throws {
        for state in JobState.allCases { _ = try await job(in: state, at: Self.start) }
        let request = SampleJobs.request(owner: "eve", priority: Priority(.high), words: 7)
        let others = try await submit(request, at: Self.start + .seconds(-86_400))
        _ = try await store.cancel(others.id, at: Self.start)
    }

    static let statistics: [ContractCase<JobStoreContract>] = [
        ContractCase("numbers are the same before and after they are added up, and by whichever process") {
            suite async throws in
            try await suite.submitInEveryState()
            let (before, mine) = (try await suite.statistics(), try await suite.statistics(of: "ada"))
            let counts = try await suite.counts()
            #expect(before.reduce(0) { $0 + $1.jobs } == 6 && mine.reduce(0) { $0 + $1.jobs } == 5)
            #expect(counts.reduce(0) { $0 + $1.jobs } == 6)
            #expect(try await suite.store.foldEndings(limit: 2) == 2)
            #expect(try await suite.other.foldEndings(limit: 9) == 2)
            #expect(try await suite.other.foldEndings(limit: 9) == 0)
            #expect(try await suite.statistics() == before)
            #expect(try await suite.statistics(of: "ada") == mine)
            #expect(try await suite.counts() == counts)
        },
        ContractCase("jobs that have left stay counted") { suite async throws in
            try await suite.submitInEveryState()
            let (before, counts) = (try await suite.statistics(), try await suite.counts())
            let late = Self.start + .seconds(100 * 86_400)
            #expect(try await suite.store.eraseExpired(at: late, limit: 9) == 4)
            #expect(try await suite.statistics() == before)
            _ = try await suite.store.foldEndings(limit: 9)
            #expect(try await suite.statistics() == before)
            #expect(try await suite.counts() == counts)
        },
        ContractCase("a failed job that is tried again is counted by its last end only") { suite async throws in
            for isAdded in [false, true] {
                let job = try await suite.job(in: .failed)
                if isAdded { _ = try await suite.store.foldEndings(limit: 9) }
                let retried = try #require(try await suite.store.retry(job.id, at: Self.start + .seconds(1)))
                #expect(try await suite.statistics().filter { $0.state == .failed }.isEmpty)
                _ = try await suite.settle(
                    try await suite.claim(at: retried.availableAt),
                    as: .completed(result: "{}"),
                    at: Self.start + .seconds(2)
                )
            }
            _ = try await suite.store.foldEndings(limit: 99)
            let rows = try await suite.statistics()
            #expect(rows.map(\.state) == [.completed] && rows.first?.jobs == 2)
            #expect(try await suite.counts() == [JobCount(state: .completed, priorityClass: .standard, jobs: 2)])
        },
        ContractCase("an owner who is erased leaves numbers that are nobody's") { suite async throws in
            for isAdded in [false, true] {
                _ = try await suite.job(in: .cancelled)
                if isAdded { _ = try await suite.store.foldEndings(limit: 9) }
                let before = try await suite.statistics()
                _ = try await suite.store.eraseAll(ofOwner: "ada")
                #expect(try await suite.statistics(of: "ada").isEmpty)
                #expect(try await suite.statistics() == before)
                _ = try await suite.store.foldEndings(limit: 9)
                #expect(try await suite.statistics(of: "ada").isEmpty)
                #expect(try await suite.statistics() == before)
            }
        },
        ContractCase("many ends at once are all counted") { suite async throws in
            for _ in 0..<40 { _ = try await suite.submit() }
            let claims = try await suite.claimAll().map(\.claim)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (number, claim) in claims.enumerated() {
                    let store = number % 2 == 0 ? suite.store : suite.other
                    group.addTask { _ = try await store.settle(claim, as: .completed(result: "{}"), at: Self.start) }
                    if number % 10 == 0 { group.addTask { _ = try await store.foldEndings(limit: 7) } }
                }
                try await group.waitForAll()
            }
            while try await suite.store.foldEndings(limit: 100) > 0 {}
            #expect(try await suite.counts() == [JobCount(state: .completed, priorityClass: .standard, jobs: 40)])
            #expect(try await suite.statistics(of: "ada").map(\.jobs) == [40])
        },
        ContractCase("waiting jobs are counted by owner") { suite async throws in
            #expect(try await suite.store.waitingByOwner() == [:])
            for owner in ["ada", "eve", "ada"] { _ = try await suite.submit(SampleJobs.request(owner: owner)) }
            #expect(try await suite.store.waitingByOwner() == ["ada": 2, "eve": 1])
            _ = try await suite.claimAll()
            #expect(try await suite.store.waitingByOwner() == [:])
        },
    ]
}
