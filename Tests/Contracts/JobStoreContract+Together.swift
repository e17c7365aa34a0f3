internal import Environment
internal import JobSystem
internal import Testing

/// Nothing changes for one who asks at the same time as many others.
extension JobStoreContract {
    static let together: [ContractCase<JobStoreContract>] = [
        ContractCase("of submissions at once, each is recorded whole, and one that cannot be harms none") {
            suite async throws in
            let requests = (0..<120).map { number in
                JobRequest(
                    owner: "owner \(number % 7)",
                    kind: number % 3 == 0 ? "document" : "text",
                    languages: JobLanguages(source: "en", target: ["hi", "zh-Hant", "es"][number % 3]),
                    priority: Priority(PriorityClass.allCases[number % PriorityClass.allCases.count]),
                    input: JobInput(
                        payload: number % 40 == 7 ? "a\0b" : #"{"text":"\"{},NULL\\ \#(number)"}"#,
                        metadata: number % 2 == 0 ? nil : "{\(number)}"
                    ),
                    segments: number,
                    words: number * 2,
                    webhookURL: number % 5 == 0 ? "https://example.org/\(number)" : nil,
                    idempotencyKey: number % 11 == 0 ? "key \(number % 22)" : nil,
                    retention: .seconds(number)
                )
            }
            let outcomes = await suite.outcomes(requests) { store, request in
                try await store.submit(SampleJobs.submission(request, at: start)).job
            }
            for (request, outcome) in zip(requests, outcomes) {
                guard !request.input.payload.contains("\0") else {
                    #expect(throws: JobError.self) { try outcome.get() }
                    continue
                }
                guard let job = try? outcome.get() else {
                    // Another request has the key.
                    #expect(request.idempotencyKey != nil)
                    continue
                }
                #expect(try await suite.other.job(job.id) == job)
                #expect(try await suite.other.input(of: job.id) == request.input)
                #expect(job == Job(id: job.id, request: request, at: start))
            }
            #expect(outcomes.count { (try? $0.get()) == nil } >= 3)
        },
        ContractCase("submissions at once that are all repeated at once give the same jobs") { suite async throws in
            let requests = (0..<60).map {
                SampleJobs.request(owner: "owner \($0 % 4)", words: $0, key: "key \($0 / 4)")
            }
            func ids(at time: Timestamp) async throws -> [JobID] {
                let outcomes = await suite.outcomes(requests) { store, request in
                    try await store.submit(SampleJobs.submission(request, at: time)).job
                }
                return try outcomes.map { try $0.get().id }
            }
            let first = try await ids(at: start)
            #expect(Set(first).count == 60)
            #expect(try await ids(at: start + .seconds(5)) == first)
            for (request, id) in zip(requests, first) {
                #expect(try await suite.other.job(id)?.words == request.words)
            }
            // Forgotten keys are given away again.
            let later = try await ids(at: start + JobSubmission.keyLifetime + .seconds(1))
            #expect(Set(later).isDisjoint(with: first) && Set(later).count == 60)
        },
        ContractCase("of endings at once, each has its own, and one that cannot be harms none") { suite async throws in
            for number in 0..<90 { _ = try await suite.submit(SampleJobs.request(segments: number)) }
            let claims = try await suite.claimAll().map(\.claim)
            let stale = claims.prefix(10).map { Claim(jobID: $0.jobID, attempt: $0.attempt + 1) }
            let unknown = Claim(jobID: JobID(at: start) { 3 }, attempt: 1)
            let all = claims + stale + [unknown]
            let outcomes = await suite.outcomes(Array(all.enumerated())) { store, item in
                let result = item.offset == 44 ? "a\0b" : #"{"n":"\#(item.offset)"}"#
                return try await store.settle(
                    item.element,
                    as: .completed(result: result),
                    at: start + .seconds(item.offset)
                )
            }
            for (place, (claim, outcome)) in zip(all, outcomes).enumerated() {
                guard place != 44 else {
                    #expect(throws: JobError.self) { try outcome.get() }
                    #expect(try await suite.other.job(claim.jobID)?.state == .processing)
                    continue
                }
                guard place < claims.count else {
                    #expect(try outcome.get() == .lost)
                    continue
                }
                let job = try #require(try await suite.other.job(claim.jobID))
                #expect(try outcome.get() == .applied(job))
                #expect(job.state == .completed && job.endedAt == start + .seconds(place))
                #expect(job.progress.done == job.progress.total && job.leaseUntil == nil)
                #expect(try await suite.other.result(of: claim.jobID) == #"{"n":"\#(place)"}"#)
            }
        },
        ContractCase("positions that many ask for at once are those that one is told") { suite async throws in
            var ids: [JobID] = []
            for number in 0..<60 {
                let priority = Priority(PriorityClass.allCases[number % PriorityClass.allCases.count])
                // Some at the same time, so that the id decides.
                let time = start + .seconds(number / 4)
                ids.append(try await suite.submit(SampleJobs.request(priority: priority, words: number), at: time).id)
            }
            let claimed = try await suite.store.claim(ClaimRequest(worker: "w", limit: 5, time: start + .seconds(99)))
            var expected: [QueuePosition?] = []
            for id in ids { expected.append(try await suite.other.position(of: id)) }
            #expect(expected.count { $0 == nil } == claimed.count)
            #expect(Set(expected.compactMap { $0?.position }) == Set(1...55))
            for _ in 0..<3 {
                let positions = await suite.outcomes(ids) { store, id in try await store.position(of: id) }
                #expect(try positions.map { try $0.get() } == expected)
            }
        },
        ContractCase("one who is cancelled takes nobody along") { suite async throws in
            let id = try await suite.submit().id
            for _ in 0..<20 {
                await withTaskGroup(of: Void.self) { group in
                    for number in 0..<20 {
                        let task = Task { try await suite.store.position(of: id) }
                        if number % 3 == 0 { task.cancel() }
                        group.addTask {
                            let result = await task.result
                            if number % 3 != 0 { #expect(throws: Never.self) { try result.get() } }
                        }
                    }
                }
            }
        },
    ]

    /// Does something with every item at once, half of it through the other store.
    private func outcomes<Item: Sendable, Answer: Sendable>(
        _ items: [Item],
        _ body: @escaping @Sendable (any JobStore, Item) async throws -> Answer
    ) async -> [Result<Answer, any Error>] {
        await withTaskGroup(of: (Int, Result<Answer, any Error>).self) { group in
            for (place, item) in items.enumerated() {
                let store = place % 2 == 0 ? store : other
                group.addTask {
                    do {
                        return (place, .success(try await body(store, item)))
                    } catch {
                        return (place, .failure(error))
                    }
                }
            }
            var outcomes = [Result<Answer, any Error>?](repeating: nil, count: items.count)
            for await (place, outcome) in group { outcomes[place] = outcome }
            return outcomes.compactMap { $0 }
        }
    }
}
