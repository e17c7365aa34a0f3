internal import Environment
internal import JobSystem
internal import Testing

/// Jobs that are set aside, since two of their workers died.
extension JobStoreContract {
    static let apart: [ContractCase<JobStoreContract>] = [
        ContractCase("a job whose worker died twice is handed out alone, to a worker that runs nothing") {
            suite async throws in
            let apart = try await suite.crashed(times: 2)
            let others = [try await suite.submit(), try await suite.submit()]
            func ids(_ request: ApartJobs, limit: Int = 10) async throws -> [JobID] {
                let request = ClaimRequest(worker: "w", limit: limit, apart: request, time: start)
                let claimed = try await suite.store.claim(request)
                for job in claimed { _ = try await suite.settle(job.claim, as: .handedBack) }
                return claimed.map(\.job.id)
            }
            #expect(apart.isApart && apart.crashes == 2 && apart.failures == 0)
            #expect(Set(try await ids(.leave)) == Set(others.map(\.id)))
            #expect(try await ids(.first) == [apart.id])
            #expect(try await ids(.first, limit: 0) == [])
            #expect(Set(try await ids(.last)) == Set(others.map(\.id)))
            for job in others { _ = try await suite.store.cancel(job.id, at: start) }
            #expect(try await ids(.leave) == [])
            #expect(try await ids(.last) == [apart.id])
            #expect(try await ids(.last, limit: 0) == [])
        },
        ContractCase("of jobs that are set aside, one is handed out at a time, by due time") { suite async throws in
            let late = try await suite.crashed(times: 3)
            let early = try await suite.crashed(times: 2, priority: Priority(.critical))
            let request = ClaimRequest(worker: "w", limit: 10, apart: .first, time: start)
            #expect(try await suite.store.claim(request).map(\.job.id) == [early.id])
            #expect(try await suite.other.claim(request).map(\.job.id) == [late.id])
            #expect(try await suite.store.claim(request).isEmpty)
        },
        ContractCase("a claim takes a job that is set aside only if it fits") { suite async throws in
            let job = try await suite.crashed(times: 2)
            let (kind, languages) = (job.kind, job.languages)
            let unfitting: [@Sendable (inout ClaimRequest) -> Void] = [
                { $0.classes = [.high] }, { $0.kinds = ["document"] }, { $0.only = [] },
                { $0.languages = [JobLanguages(source: "en", target: "es")] }, { $0.time = start + .seconds(-1) },
            ]
            for change in unfitting {
                for apart in [ApartJobs.first, .last] {
                    var request = ClaimRequest(worker: "w", apart: apart, time: start)
                    change(&request)
                    #expect(try await suite.store.claim(request).isEmpty)
                    #expect(try await suite.store.hasJobApart(request) == false)
                }
            }
            let request = ClaimRequest(
                worker: "w",
                classes: [.standard],
                kinds: [kind],
                languages: [languages],
                only: [job.id],
                time: start
            )
            #expect(try await suite.other.hasJobApart(request))
        },
        ContractCase("jobs with fewer crashes are handed out like all others") { suite async throws in
            let job = try await suite.crashed(times: 1)
            #expect(try await suite.store.hasJobApart(ClaimRequest(worker: "w", time: start)) == false)
            #expect(try await suite.claimAll().map(\.job.id) == [job.id])
        },
        ContractCase("of many workers that run nothing, one gets a job that is set aside") { suite async throws in
            let job = try await suite.crashed(times: 2)
            let claimed = try await withThrowingTaskGroup(of: [ClaimedJob].self) { group in
                for number in 0..<20 {
                    let store = number % 2 == 0 ? suite.store : suite.other
                    let apart = number % 3 == 0 ? ApartJobs.last : .first
                    group.addTask { try await store.claim(ClaimRequest(worker: "w", apart: apart, time: start)) }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(claimed.map(\.job.id) == [job.id])
        },
        ContractCase("a job that killed too many workers is a dead letter, and stays apart when it is tried again") {
            suite async throws in
            let job = try await suite.crashed(times: 2)
            let request = ClaimRequest(worker: "w", apart: .first, time: start)
            let claim = try #require(try await suite.store.claim(request).first).claim
            let failure = JobFailure.workersDied(times: 3)
            let early = AttemptEnding.givenUp(before: start + .seconds(30), failure)
            #expect(try await suite.store.settle(claim, as: early, at: start) == .lost)
            let dead = try await suite.settle(claim, as: .givenUp(before: start + .seconds(31), failure))
            #expect(dead.stateMachine == JobStateMachine(state: .failed, attempt: 3, crashes: 3))
            #expect(dead.failure == failure && dead.deadLetteredAt == start && dead.endedAt == start)
            #expect(try await suite.store.deadLetters(limit: 9, cursor: nil).jobs.map(\.id) == [job.id])
            let retried = try #require(try await suite.store.retry(job.id, at: start))
            #expect(retried.crashes == 2 && retried.isApart)
            #expect(try await suite.claimAll().isEmpty)
            let again = try #require(try await suite.other.claim(request).first)
            let completed = try await suite.settle(again.claim, as: .completed(result: "{}"))
            #expect(completed.stateMachine == JobStateMachine(state: .completed, attempt: 4, crashes: 2))
        },
    ]

    /// A waiting job that lost so many workers.
    private func crashed(times: Int, priority: Priority = Priority(.standard)) async throws -> Job {
        var job = try await submit(SampleJobs.request(priority: priority))
        for _ in 0..<times {
            let request = ClaimRequest(worker: "w", only: [job.id], apart: .first, time: Self.start)
            let claim = try #require(try await store.claim(request).first).claim
            let ending = AttemptEnding.crashed(before: .init(microseconds: .max), availableAt: Self.start)
            job = try await settle(claim, as: ending)
        }
        return job
    }
}
