internal import Environment
internal import JobSystem
internal import Testing

extension JobStoreContract {
    static let working: [ContractCase<JobStoreContract>] = [
        ContractCase("jobs are handed out by due time") { suite async throws in
            let old = try await suite.submit(at: start)
            let high = try await suite.submit(SampleJobs.request(priority: Priority(.high)), at: start + .seconds(500))
            let critical = try await suite.submit(
                SampleJobs.request(priority: Priority(.critical)),
                at: start + .seconds(569)
            )
            let late = try await suite.submit(
                SampleJobs.request(priority: Priority(.critical)),
                at: start + .seconds(571)
            )
            let claimed = try await suite.claimAll(at: start + .seconds(600))
            #expect(claimed.map(\.job.id) == [critical.id, old.id, late.id, high.id])
        },
        ContractCase("a claim begins an attempt with a lease") { suite async throws in
            let job = try await suite.submit()
            let time = start + .seconds(3)
            let request = ClaimRequest(worker: "w1", limit: 5, lease: .seconds(30), time: time)
            let claimed = try #require(try await suite.store.claim(request).first)
            #expect(claimed.input.payload == #"{"text":"Hello"}"#)
            #expect(claimed.job.stateMachine == JobStateMachine(state: .processing, attempt: 1))
            #expect(claimed.job.worker == "w1" && claimed.job.leaseUntil == time + .seconds(30))
            #expect(claimed.job.startedAt == time && claimed.job.revision > job.revision)
            #expect(try await suite.other.job(job.id) == claimed.job)
            #expect(try await suite.other.claim(request).isEmpty)
        },
        ContractCase("a claim takes what fits and no more") { suite async throws in
            let hindi = try await suite.submit(SampleJobs.request(priority: Priority(.high)))
            let spanish = try await suite.submit(
                SampleJobs.request(kind: "document", languages: JobLanguages(source: "en", target: "es"))
            )
            let unknown = JobID(at: start) { 0 }
            func ids(_ change: (inout ClaimRequest) -> Void) async throws -> [JobID] {
                var request = ClaimRequest(worker: "w", limit: 10, time: start)
                change(&request)
                let claimed = try await suite.store.claim(request)
                for job in claimed { _ = try await suite.settle(job.claim, as: .handedBack) }
                return claimed.map(\.job.id)
            }
            #expect(try await ids { $0.classes = [.standard] } == [spanish.id])
            #expect(try await ids { $0.classes = [] } == [])
            #expect(try await ids { $0.kinds = ["document"] } == [spanish.id])
            #expect(try await ids { $0.kinds = [] } == [])
            #expect(try await ids { $0.languages = [hindi.languages] } == [hindi.id])
            #expect(try await ids { $0.languages = [] } == [])
            #expect(try await ids { $0.languages = [spanish.languages, hindi.languages] } == [hindi.id, spanish.id])
            #expect(try await ids { $0.only = [spanish.id] } == [spanish.id])
            #expect(try await ids { $0.only = [spanish.id, unknown, hindi.id] } == [hindi.id, spanish.id])
            #expect(try await ids { $0.only = [unknown] } == [])
            #expect(try await ids { $0.only = [] } == [])
            #expect(try await ids { $0.limit = 1 } == [hindi.id])
            #expect(try await ids { $0.limit = 0 } == [])
            #expect(try await ids { $0.time = start + .seconds(-1) } == [])
            #expect(try await ids { _ in } == [hindi.id, spanish.id])
        },
        ContractCase("a worker of a hundred languages gets its jobs, whatever letters their codes are in") {
            suite async throws in
            let codes = (0..<100).map { "l\($0)" }
            let pairs = codes.flatMap { a in codes.filter { $0 != a }.map { JobLanguages(source: a, target: $0) } }
            let odd = JobLanguages(source: "only", target: "l7")
            func submit(_ source: String, _ target: String) async throws -> JobID {
                let languages = JobLanguages(source: source, target: target)
                return try await suite.submit(SampleJobs.request(languages: languages)).id
            }
            let fitting = [
                try await submit("l3", "l99"), try await submit("L12", "l4"), try await submit("only", "L7"),
            ]
            _ = try await submit("only", "l8")
            _ = try await submit("l3", "l100")
            _ = try await submit("auto", "l3")
            var request = ClaimRequest(worker: "w", limit: 10, time: start)
            request.languages = LanguageCoverage(pairs + [odd])
            let claimed = try await suite.store.claim(request)
            #expect(Set(claimed.map(\.job.id)) == Set(fitting))
        },
        ContractCase("a refused job waits for another worker, and has not failed") { suite async throws in
            _ = try await suite.submit()
            let later = start + .seconds(10)
            let refused = try await suite.settle(try await suite.claim(), as: .refused(availableAt: later))
            #expect(refused.stateMachine == JobStateMachine(state: .queued, attempt: 1))
            #expect(refused.worker == nil && refused.leaseUntil == nil && refused.failure == nil)
            #expect(try await suite.claimAll(at: later + .microseconds(-1)).isEmpty)
            #expect(try await suite.claimAll(at: later).map(\.job.attempt) == [2])
        },
        ContractCase("of several workers, one gets a job") { suite async throws in
            for _ in 0..<60 { _ = try await suite.submit() }
            let claimed = try await withThrowingTaskGroup(of: [ClaimedJob].self) { group in
                for number in 0..<30 {
                    let store = number % 2 == 0 ? suite.store : suite.other
                    group.addTask { try await store.claim(ClaimRequest(worker: "\(number)", limit: 3, time: start)) }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(Set(claimed.map(\.job.id)).count == claimed.count)
            let rest = try await suite.claimAll()
            #expect(claimed.count + rest.count == 60)
        },
        ContractCase("after every event in every state, the job is where the rules say") { suite async throws in
            for state in JobState.allCases {
                for event in JobStateMachine.Event.allCases {
                    try await suite.check(event, in: state)
                }
            }
        },
        ContractCase("an attempt that was taken back can change nothing") { suite async throws in
            let job = try await suite.submit()
            let stale = try await suite.claim()
            _ = try await suite.settle(stale, as: .handedBack)
            let current = try await suite.claim()
            let before = try await suite.store.job(job.id)
            for ending in endings {
                #expect(try await suite.other.settle(stale, as: ending, at: start + .seconds(1)) == .lost)
            }
            let progress = JobProgress(done: 1, total: 1)
            #expect(try await suite.other.recordProgress(progress, of: stale, at: start) == .lost)
            let lost = try await suite.other.extendLeases([stale, current], until: start + .seconds(30), at: start)
            #expect(lost == [stale])
            #expect(try await suite.store.job(job.id) == before)
            #expect(try await suite.store.result(of: job.id) == nil)
        },
        ContractCase("of settlements at once, the first wins") { suite async throws in
            for _ in 0..<10 {
                let job = try await suite.submit()
                let claim = try await suite.claim()
                let applied: [String] = try await withThrowingTaskGroup(of: (String, FencedOutcome).self) { group in
                    for number in 0..<6 {
                        let store = number % 2 == 0 ? suite.store : suite.other
                        group.addTask {
                            let ending = AttemptEnding.completed(result: "\(number)")
                            return ("\(number)", try await store.settle(claim, as: ending, at: start))
                        }
                    }
                    return try await group.reduce(into: []) { if $1.1 != .lost { $0.append($1.0) } }
                }
                #expect(applied.count == 1)
                #expect(try await suite.store.result(of: job.id) == applied.first)
            }
        },
        ContractCase("a lease is renewed, runs out, and is taken back only then") { suite async throws in
            let job = try await suite.submit()
            let claim = try await suite.claim(lease: .seconds(30))
            #expect(try await suite.store.expiredLeases(before: start + .seconds(30), limit: 9).isEmpty)
            #expect(try await suite.store.extendLeases([claim], until: start + .seconds(50), at: start).isEmpty)
            #expect(try await suite.store.expiredLeases(before: start + .seconds(50), limit: 9).isEmpty)
            let expired = try await suite.store.expiredLeases(before: start + .seconds(51), limit: 9)
            #expect(expired.map(\.id) == [job.id])
            let early = AttemptEnding.crashed(before: start + .seconds(50), availableAt: start)
            #expect(try await suite.store.settle(claim, as: early, at: start) == .lost)
            let late = AttemptEnding.crashed(before: start + .seconds(51), availableAt: start)
            let taken = try await suite.settle(claim, as: late)
            #expect(taken.stateMachine == JobStateMachine(state: .queued, attempt: 1, crashes: 1))
            #expect(taken.failure == .leaseLost)
        },
        ContractCase("a job waits for the end of its delay") { suite async throws in
            _ = try await suite.submit()
            let later = start + .seconds(10)
            _ = try await suite.settle(
                try await suite.claim(),
                as: .retryLater(failure, availableAt: later)
            )
            #expect(try await suite.claimAll(at: later + .microseconds(-1)).isEmpty)
            #expect(try await suite.claimAll(at: later).map(\.job.attempt) == [2])
        },
        ContractCase("progress is recorded, and complete at the end") { suite async throws in
            let job = try await suite.submit(SampleJobs.request(segments: 4))
            let claim = try await suite.claim()
            let outcome = try await suite.store.recordProgress(JobProgress(done: 3, total: 8), of: claim, at: start)
            guard case .applied(let recorded) = outcome else {
                Issue.record("The progress was lost.")
                return
            }
            #expect(recorded.progress == JobProgress(done: 3, total: 8))
            let completed = try await suite.settle(claim, as: .completed(result: #"{"ok":true}"#), at: start)
            #expect(completed.progress == JobProgress(done: 8, total: 8) && completed.endedAt == start)
            #expect(try await suite.other.result(of: job.id) == #"{"ok":true}"#)
        },
    ]

    /// Does to a job in `state` what `event` stands for, and compares with the state machine.
    func check(_ event: JobStateMachine.Event, in state: JobState) async throws {
        let before = try await job(in: state)
        var expected = before.stateMachine
        let isAllowed = (try? expected.apply(event)) != nil
        let claim = Claim(jobID: before.id, attempt: before.attempt)
        var tookPlace = true
        do {
            switch event {
            case .claim:
                let request = ClaimRequest(worker: "w", only: [before.id], time: Self.start)
                tookPlace = try await store.claim(request).isEmpty == false
            case .complete, .fail, .requeue, .handBack, .crash, .giveUp:
                let ending = try #require(Self.endings.first { $0.event == event })
                tookPlace = try await store.settle(claim, as: ending, at: Self.start) != .lost
            case .cancel: _ = try await store.cancel(before.id, at: Self.start)
            case .retry: _ = try await store.retry(before.id, at: Self.start)
            }
        } catch let error as JobError where error.code == .conflict {
            tookPlace = false
        }
        let after = try #require(try await store.job(before.id))
        #expect(tookPlace == isAllowed, "\(event) in \(state)")
        #expect(after.stateMachine == expected, "\(event) in \(state)")
        if !isAllowed { #expect(after == before, "\(event) in \(state)") }
        _ = try await store.eraseAll(ofOwner: before.owner)
    }
}
