internal import Environment
internal import JobSystem
package import Storage
internal import Testing

/// A database as version 0.1 left it, in the middle of its work, goes on with the present schema.
package struct UpgradeContract {
    /// The schema of version 0.1.
    private static let releasedSteps = 5
    private static let start = ManualTime.start
    private static let day = Duration.seconds(86_400)

    private let database: any Database
    private let store: SQLJobStore

    /// - Parameter database: empty.
    package init(_ database: any Database) {
        self.database = database
        store = SQLJobStore(database)
    }

    package func check() async throws {
        try await Migrator(Array(Schema.migrations.prefix(Self.releasedSteps))).migrate(database)
        try await fill()
        let steps = try await Migrator(Schema.migrations).migrate(database)
        #expect(steps.count == Schema.migrations.count - Self.releasedSteps)
        try await checkThatOlderProgramsRefuse()
        try await checkNumbers()
        try await checkWork()
        try await checkDeliveries()
        try await checkLeaving()
    }

    // MARK: The old database

    private static func id(_ name: String) -> String {
        "trans_20261121_" + name + String(repeating: "0", count: 16 - name.count)
    }

    private static func job(_ name: String, _ state: String, _ rest: SQLStatement, _ values: SQLStatement)
        -> SQLStatement
    {
        """
        INSERT INTO jobs (
            id, owner, kind, source_language, target_language, priority_class, score, words, submitted_at, retention,
            revision, segments_done, segments_total, available_at, due_at, updated_at, state, \(rest)
        ) VALUES (
            \(id(name)), 'ada', 'text', 'en', 'es', 'STANDARD', 0, 10, \(start), \(day * 30), 3, 0, 1, \(start),
            \(start + .seconds(600)), \(start), \(state), \(values)
        )
        """
    }

    private func fill() async throws {
        let end = Self.start + .seconds(5)
        let ended: SQLStatement = "attempt, failures, started_at, ended_at, retain_until"
        let whenEnded: SQLStatement = "\(Self.start + .seconds(1)), \(end)"
        let failure: SQLStatement = "failure_code, failure_message, failure_retryable, dead_lettered_at"
        var statements: [SQLStatement] = [
            Self.job("q", "queued", "attempt, failures", "0, 0"),
            Self.job(
                "r",
                "processing",
                "attempt, failures, started_at, worker, lease_until",
                "1, 0, \(Self.start), 'gone', \(Self.start + .seconds(30))"
            ),
            Self.job("c", "completed", ended, "1, 0, \(whenEnded), \(end + Self.day * 30)"),
            Self.job(
                "f",
                "failed",
                "\(ended), \(failure)",
                "5, 5, \(whenEnded), \(end + Self.day * 30), 'unlucky', 'It did not work.', 1, \(end)"
            ),
            Self.job(
                "x",
                "cancelled",
                "attempt, failures, ended_at, retain_until",
                "0, 0, \(end), \(end + Self.day * 30)"
            ),
            // Its texts have been erased; the row stayed for ever.
            Self.job("e", "completed", "\(ended), texts_erased_at", "1, 0, \(whenEnded), NULL, \(end)"),
            // Ended while nobody looked: the news has yet to be told.
            Self.job(
                "w",
                "completed",
                "\(ended), webhook_url",
                "1, 0, \(whenEnded), \(end + Self.day * 30), 'https://example.org/'"
            ),
            Self.job(
                "t",
                "completed",
                "\(ended), webhook_url",
                "1, 0, \(whenEnded), \(end + Self.day * 30), 'https://example.org/'"
            ),
            """
            INSERT INTO webhook_deliveries
                (id, job_id, job_ended_at, owner, state, attempts, next_at, created_at, ended_at, status)
            VALUES ('hook_1', \(Self.id("t")), \(end), 'ada', 'delivered', 1, \(end), \(end), \(end), 200)
            """,
        ]
        for name in ["q", "r", "c", "f", "x", "w", "t"] {
            statements.append("INSERT INTO job_inputs (job_id, payload) VALUES (\(Self.id(name)), '{}')")
        }
        try await database.write { [statements] connection in
            for statement in statements { _ = try connection.execute(statement) }
        }
    }

    // MARK: What has become of it

    private func checkThatOlderProgramsRefuse() async throws {
        let error = await #expect(throws: StorageError.self) {
            try await Migrator(Array(Schema.migrations.prefix(Self.releasedSteps))).migrate(database)
        }
        #expect(error?.code == .schema)
        #expect(error?.message.contains("this program knows '5'") == true)
    }

    private func checkNumbers() async throws {
        func numbers() async throws -> ([JobStatistics], Set<JobCount>) {
            let query = StatisticsQuery(owner: "ada", from: Self.start, until: Self.start + Self.day)
            return (try await store.statistics(query), Set(try await store.counts()))
        }
        let (rows, counts) = try await numbers()
        let jobs = Dictionary(rows.map { ($0.state, $0.jobs) }) { first, _ in first }
        #expect(jobs == [.queued: 1, .processing: 1, .completed: 4, .failed: 1, .cancelled: 1])
        let completed = try #require(rows.first { $0.state == .completed })
        #expect(completed.words == 40 && completed.processingTime == .seconds(16) && completed.withinServiceLevel == 4)
        #expect(counts.contains(JobCount(state: .completed, priorityClass: .standard, jobs: 4)))
        #expect(counts.reduce(0) { $0 + $1.jobs } == 8)
        let everybody = try await store.statistics(.init(from: Self.start, until: Self.start + Self.day))
        #expect(everybody == rows)
    }

    private func checkWork() async throws {
        let late = Self.start + .seconds(60)
        let waiting = try await store.claim(ClaimRequest(worker: "w", limit: 9, time: late))
        #expect(waiting.map(\.job.id.text) == [Self.id("q")])
        let lost = try await store.expiredLeases(before: late, limit: 9)
        #expect(lost.map(\.id.text) == [Self.id("r")])
        for claim in waiting.map(\.claim) + lost.map({ Claim(jobID: $0.id, attempt: $0.attempt) }) {
            let outcome = try await store.settle(claim, as: .completed(result: "{}"), at: late)
            guard case .applied = outcome else {
                Issue.record("The settlement was lost.")
                return
            }
        }
        let dead = try await store.deadLetters(limit: 9, cursor: nil).jobs
        #expect(dead.map(\.id.text) == [Self.id("f")])
        let retried = try await store.retry(try #require(dead.first).id, at: late)
        #expect(retried?.state == .queued)
    }

    private func checkDeliveries() async throws {
        let rows = try await database.read { connection in
            try connection.query("SELECT id, state FROM webhook_deliveries ORDER BY state, id")
                .map { (try $0.text("id"), try $0.text("state")) }
        }
        #expect(rows.map(\.1) == ["delivered", "pending"])
        #expect(rows.last?.0 == "hook_\(Self.id("w"))_3")
    }

    private func checkLeaving() async throws {
        _ = try await store.foldEndings(limit: 99)
        #expect(try await store.eraseExpired(at: Self.start + .seconds(60), limit: 99) == 1)
        let erased = try #require(JobID(Self.id("e")))
        #expect(try await store.job(erased) == nil)
        #expect(try await store.eraseExpired(at: Self.start + Self.day * 40, limit: 99) == 6)
        #expect(try await store.jobs(JobListQuery(owner: "ada")).jobs.map(\.id.text) == [Self.id("f")])
        let rows = try await store.statistics(.init(owner: "ada", from: Self.start, until: Self.start + Self.day))
        let jobs = Dictionary(rows.map { ($0.state, $0.jobs) }) { first, _ in first }
        #expect(jobs == [.queued: 1, .completed: 6, .cancelled: 1])
    }
}
