internal import Environment
package import JobSystem

/// The job store in SQL, for every database behind the `Database` port.
package struct SQLJobStore: JobStore {
    let database: any Database
    /// Where it pays to do together what many ask for at once.
    private(set) var combiners: JobCombiners?

    /// - Parameter database: migrated to the present `Schema`.
    package init(_ database: any Database) {
        self.database = database
        if database.dialect.hasArrays { combiners = JobCombiners(self) }
    }

    // MARK: Submitting and reading

    package func submit(_ submission: JobSubmission) async throws -> SubmissionOutcome {
        guard let combiners else { return try await submitAlone(submission) }
        return try await combiners.submissions.perform(submission, for: 0)
    }

    func submitAlone(_ submission: JobSubmission) async throws -> SubmissionOutcome {
        // The key's own uniqueness is what counts.
        try await write(.perStatement) { connection in
            let job = submission.job
            if let earlier = try Self.earlierJob(submission, connection) { return .repeated(earlier) }
            try connection.execute(JobRow.insertion(of: job))
            try connection.execute(
                """
                INSERT INTO job_inputs (job_id, payload, metadata)
                VALUES (\(job.id), \(submission.input.payload), \(submission.input.metadata))
                """
            )
            try Self.recordKey(submission, connection)
            return .accepted(job)
        }
    }

    package func earlierJob(_ submission: JobSubmission) async throws -> Job? {
        try await read { try Self.earlierJob(submission, $0) }
    }

    package func job(_ id: JobID) async throws -> Job? {
        try await read { try Self.job(id, $0) }
    }

    package func input(of id: JobID) async throws -> JobInput? {
        try await read { connection in
            try connection.query("SELECT payload, metadata FROM job_inputs WHERE job_id = \(id)").first.map(Self.input)
        }
    }

    package func result(of id: JobID) async throws -> String? {
        try await read { connection in
            try connection.query("SELECT result FROM job_results WHERE job_id = \(id)").first?.text("result")
        }
    }

    package func jobs(_ query: JobListQuery) async throws -> JobPage {
        try await read { connection in
            var statement: SQLStatement = "SELECT \(JobRow.columns) FROM jobs WHERE owner = \(query.owner)"
            if let state = query.state { statement = statement + " AND state = \(state)" }
            if let cursor = query.cursor {
                statement = statement + " AND (submitted_at, id) < (\(cursor.time), \(cursor.id))"
            }
            return try Self.page(statement, by: "submitted_at", query.limit, connection) { $0.submittedAt }
        }
    }

    // MARK: Shared

    static func job(_ id: JobID, _ connection: any SQLConnection) throws -> Job? {
        try connection.query("SELECT \(JobRow.columns) FROM jobs WHERE id = \(id)").first.map(JobRow.job)
    }

    static func input(_ row: SQLRow) throws -> JobInput {
        JobInput(payload: try row.text("payload"), metadata: try row.optionalText("metadata"))
    }

    /// Runs a selection of jobs by a time, the latest first, and cuts it into a page.
    static func page(
        _ selection: SQLStatement,
        by column: SQLStatement,
        _ limit: Int,
        _ connection: any SQLConnection,
        time: (Job) -> Timestamp
    ) throws -> JobPage {
        let limit = min(max(limit, 1), 200)
        let rows = try connection.query("\(selection) ORDER BY \(column) DESC, id DESC LIMIT \(limit + 1)")
        let jobs = try rows.prefix(limit).map(JobRow.job)
        let next = rows.count > limit ? jobs.last.map { JobCursor(time: time($0), id: $0.id) } : nil
        return JobPage(jobs: jobs, next: next)
    }

    /// A write whose errors are `JobError`s.
    func write<T: Sendable>(
        _ isolation: TransactionIsolation = .serial,
        _ body: @escaping @Sendable (any SQLConnection) throws -> T
    ) async throws -> T {
        do {
            return try await database.write(isolation, body)
        } catch let error as StorageError {
            throw JobError(error)
        }
    }

    /// A read whose errors are `JobError`s.
    func read<T: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> T) async throws -> T {
        do {
            return try await database.read(body)
        } catch let error as StorageError {
            throw JobError(error)
        }
    }

    // MARK: Idempotency keys

    /// The job that the submission's key stands for.
    private static func earlierJob(_ submission: JobSubmission, _ connection: any SQLConnection) throws -> Job? {
        guard let key = submission.job.idempotencyKey else { return nil }
        let row = try connection.query(
            """
            SELECT job_id, fingerprint FROM idempotency_keys
            WHERE owner = \(submission.job.owner) AND idempotency_key = \(key)
                AND expires_at > \(submission.job.submittedAt)
            """
        ).first
        guard let row else { return nil }
        guard try row.text("fingerprint") == submission.fingerprint else {
            throw JobError(
                .keyReused,
                "The idempotency key '\(key)' was used for a different request, expected a new key."
            )
        }
        guard let id = JobID(try row.text("job_id")) else { throw row.wrong("job_id", "a job id") }
        return try job(id, connection)
    }

    private static func recordKey(_ submission: JobSubmission, _ connection: any SQLConnection) throws {
        guard let key = submission.job.idempotencyKey else { return }
        let now = submission.job.submittedAt
        let changed = try connection.execute(
            """
            INSERT INTO idempotency_keys (owner, idempotency_key, job_id, fingerprint, expires_at)
            VALUES (
                \(submission.job.owner), \(key), \(submission.job.id), \(submission.fingerprint),
                \(now + JobSubmission.keyLifetime)
            )
            ON CONFLICT (owner, idempotency_key) DO UPDATE
            SET job_id = excluded.job_id, fingerprint = excluded.fingerprint, expires_at = excluded.expires_at
            WHERE idempotency_keys.expires_at <= \(now)
            """
        )
        // Somebody recorded the key since it was looked up: run again, and find theirs.
        if changed == 0 { throw StorageError(.serialization, "An idempotency key was recorded twice at once.") }
    }
}

extension JobError {
    /// A storage failure as users of the job system see it.
    init(_ error: StorageError) {
        switch error.code {
        case .storageFull:
            self.init(.storageFull, "The server has no room left to record this. Try again later.", cause: error)
        case .busy, .serialization:
            self.init(
                .unavailable,
                "The job store is too busy. Try again later.",
                retryAfter: .seconds(5),
                cause: error
            )
        case .constraint, .invalidValue:
            self.init(.invalid, "The job store refuses a value that breaks one of its rules.", cause: error)
        case .corrupt, .unavailable, .schema, .statement:
            self.init(.unavailable, "The job store does not work at the moment.", cause: error)
        }
        mayHaveHappened = error.mayHaveHappened
    }
}
