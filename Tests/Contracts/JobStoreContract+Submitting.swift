internal import Environment
internal import JobSystem
internal import Testing

extension JobStoreContract {
    static let submitting: [ContractCase<JobStoreContract>] = [
        ContractCase("a submitted job is read back whole") { suite async throws in
            for payload in hostileTexts {
                let request = JobRequest(
                    owner: payload.isEmpty ? "x" : String(payload.prefix(100)),
                    kind: "text",
                    languages: JobLanguages(source: "auto", target: "zh-Hant"),
                    priority: try #require(Priority(score: 77)),
                    input: JobInput(payload: payload, metadata: #"{"m":"\#(payload)"}"#),
                    segments: 3,
                    words: 9,
                    webhookURL: "https://example.org/?q=';--",
                    idempotencyKey: String(payload.prefix(100)) + "k",
                    retention: .seconds(7)
                )
                let job = try await suite.submit(request)
                #expect(try await suite.other.job(job.id) == job)
                #expect(try await suite.other.input(of: job.id) == request.input)
                #expect(job.dueAt == request.priority.due(submittedAt: start))
            }
        },
        ContractCase("a text with U+0000 is refused and leaves nothing") { suite async throws in
            await #expect(throws: JobError.self) {
                _ = try await suite.submit(SampleJobs.request(payload: "a\0b"))
            }
            #expect(try await suite.store.counts().isEmpty)
        },
        ContractCase("an unknown id is nil") { suite async throws in
            let id = JobID(at: start) { 7 }
            #expect(try await suite.store.job(id) == nil)
            #expect(try await suite.store.input(of: id) == nil)
            #expect(try await suite.store.result(of: id) == nil)
            #expect(try await suite.store.cancel(id, at: start) == nil)
            #expect(try await suite.store.retry(id, at: start) == nil)
            #expect(try await suite.store.erase(id) == false)
            #expect(try await suite.store.position(of: id) == nil)
        },
        ContractCase("an idempotency key stands for its request for 24 hours") { suite async throws in
            let request = SampleJobs.request(key: "k")
            let first = try await suite.submit(request)
            let again = SampleJobs.submission(request, at: start + .seconds(86_399))
            #expect(try await suite.store.submit(again) == .repeated(first))
            let someoneElse = try await suite.submit(SampleJobs.request(owner: "eve", key: "k"))
            #expect(someoneElse.id != first.id)
            let later = SampleJobs.submission(request, at: start + .seconds(86_400))
            #expect(try await suite.store.submit(later) == .accepted(later.job))
        },
        ContractCase("an idempotency key does not stand for another request") { suite async throws in
            _ = try await suite.submit(SampleJobs.request(key: "k"))
            let error = await #expect(throws: JobError.self) {
                _ = try await suite.submit(SampleJobs.request(payload: "{}", key: "k"))
            }
            #expect(error?.code == .keyReused)
            #expect(try await suite.store.counts().reduce(0) { $0 + $1.jobs } == 1)
        },
        ContractCase("of many submissions under one key at once, one is accepted") { suite async throws in
            let outcomes = try await withThrowingTaskGroup(of: SubmissionOutcome.self) { group in
                for number in 0..<20 {
                    let store = number % 2 == 0 ? suite.store : suite.other
                    let submission = SampleJobs.submission(SampleJobs.request(key: "k"), at: start)
                    group.addTask { try await store.submit(submission) }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(Set(outcomes.map(\.job.id)).count == 1)
            #expect(outcomes.filter { if case .accepted = $0 { true } else { false } }.count == 1)
        },
        ContractCase("lists are the owner's, newest first, page by page") { suite async throws in
            var ids: [JobID] = []
            for second in 0..<7 { ids.insert(try await suite.submit(at: start + .seconds(second / 2)).id, at: 0) }
            _ = try await suite.submit(SampleJobs.request(owner: "eve"))
            var seen: [Job] = []
            var query = JobListQuery(owner: "ada", limit: 3)
            repeat {
                let page = try await suite.store.jobs(query)
                #expect(page.jobs.count <= 3)
                seen += page.jobs
                query.cursor = page.next
                // What comes in meanwhile is newer and does not shift what follows.
                _ = try await suite.submit(at: start + .seconds(60))
            } while query.cursor != nil
            #expect(Set(seen.map(\.id)) == Set(ids) && seen.count == ids.count)
            #expect(
                seen.map { [$0.submittedAt.description, $0.id.text] }
                    == seen.sorted {
                        ($0.submittedAt, $0.id) > ($1.submittedAt, $1.id)
                    }.map { [$0.submittedAt.description, $0.id.text] }
            )
        },
        ContractCase("lists can be narrowed to a state") { suite async throws in
            for state in JobState.allCases where state != .queued { _ = try await suite.job(in: state) }
            _ = try await suite.job(in: .queued)
            for state in JobState.allCases {
                let page = try await suite.store.jobs(JobListQuery(owner: "ada", state: state))
                #expect(page.jobs.map(\.state) == [state])
                #expect(page.next == nil)
            }
        },
    ]

    /// Texts that break what is built by joining strings.
    static let hostileTexts = [
        "'; DROP TABLE jobs; --", #"\"}],"x":1"#, "$1 ? ?1 :a @b %s", "नमस्ते 👩‍👩‍👧‍👦 שלום \u{202E}",
        "\u{FEFF}\u{FFFD}\u{10FFFF}",
        #"\u0000"#, "\r\n\t\u{1}\u{7F}", String(repeating: "é", count: 100_000),
    ]
}

extension Timestamp {
    fileprivate var description: String { String(microseconds) }
}
