internal import JobSystem

/// Jobs as rows.
enum JobRow {
    /// The columns of a `Job`, in the order of `values`.
    static let columns: SQLStatement = """
        id, owner, kind, source_language, target_language, priority_class, score, words, submitted_at,
        idempotency_key, webhook_url, retention, state, attempt, failures, crashes, revision,
        segments_done, segments_total,
        available_at, due_at, worker, lease_until, started_at, ended_at, updated_at,
        failure_code, failure_message, failure_retryable, dead_lettered_at, texts_erased_at
        """

    /// `Job.isApart`, as the index `jobs_apart` has it.
    static let isApart: SQLStatement = "crashes >= 2"

    /// What a job has when it was just submitted; the other columns are left NULL.
    private static let submitted: [(column: SQLStatement, isText: Bool, value: @Sendable (Job) -> SQLValue)] = [
        ("id", true, { $0.id.sqlValue }),
        ("owner", true, { $0.owner.sqlValue }),
        ("kind", true, { $0.kind.sqlValue }),
        ("source_language", true, { $0.languages.source.sqlValue }),
        ("target_language", true, { $0.languages.target.sqlValue }),
        ("priority_class", true, { $0.priority.priorityClass.sqlValue }),
        ("score", false, { $0.priority.score.sqlValue }),
        ("words", false, { $0.words.sqlValue }),
        ("submitted_at", false, { $0.submittedAt.sqlValue }),
        ("idempotency_key", true, { $0.idempotencyKey?.sqlValue ?? .null }),
        ("webhook_url", true, { $0.webhookURL?.sqlValue ?? .null }),
        ("retention", false, { $0.retention.sqlValue }),
        ("state", true, { $0.state.sqlValue }),
        ("attempt", false, { $0.attempt.sqlValue }),
        ("failures", false, { $0.failures.sqlValue }),
        ("revision", false, { $0.revision.sqlValue }),
        ("segments_done", false, { $0.progress.done.sqlValue }),
        ("segments_total", false, { $0.progress.total.sqlValue }),
        ("available_at", false, { $0.availableAt.sqlValue }),
        ("due_at", false, { $0.dueAt.sqlValue }),
        ("updated_at", false, { $0.updatedAt.sqlValue }),
    ]

    private static let insertion = "INSERT INTO jobs (\(joined: submitted.map(\.column))) " as SQLStatement

    /// The statement that inserts a job that was just submitted.
    static func insertion(of job: Job) -> SQLStatement {
        insertion + "VALUES \(list: submitted.map { $0.value(job) })"
    }

    /// The statement that inserts many of them, for databases with arrays.
    static func insertion(of jobs: [Job]) -> SQLStatement {
        let arrays = submitted.map { column -> SQLStatement in
            let values = jobs.map(column.value)
            return "\(column.isText ? .texts(values.map(\.asText)) : SQLValue.integers(values.map(\.asInteger)))"
        }
        return insertion + "SELECT * FROM unnest(\(joined: arrays))"
    }

    /// - Throws: `StorageError` `.invalidValue` for a row that no job can be made of.
    static func job(_ row: SQLRow) throws -> Job {
        guard let id = JobID(try row.text("id")) else { throw row.wrong("id", "a job id") }
        guard let priority = Priority(score: try row.count("score")) else { throw row.wrong("score", "0 to 100") }
        let request = JobRequest(
            owner: try row.text("owner"),
            kind: try row.text("kind"),
            languages: try languages(row),
            priority: priority,
            input: JobInput(payload: ""),
            segments: try row.count("segments_total"),
            words: try row.count("words"),
            webhookURL: try row.optionalText("webhook_url"),
            idempotencyKey: try row.optionalText("idempotency_key"),
            retention: try row.span("retention")
        )
        var job = Job(id: id, request: request, at: try row.time("submitted_at"))
        try read(row, into: &job)
        return job
    }

    static func languages(_ row: SQLRow) throws -> JobLanguages {
        JobLanguages(source: try row.text("source_language"), target: try row.text("target_language"))
    }

    private static func read(_ row: SQLRow, into job: inout Job) throws {
        job.state = try row.choice("state")
        job.attempt = try row.count("attempt")
        job.failures = try row.count("failures")
        job.crashes = try row.count("crashes")
        job.revision = try row.integer("revision")
        job.progress = JobProgress(done: try row.count("segments_done"), total: job.progress.total)
        job.availableAt = try row.time("available_at")
        job.dueAt = try row.time("due_at")
        job.worker = try row.optionalText("worker")
        job.leaseUntil = try row.optionalTime("lease_until")
        job.startedAt = try row.optionalTime("started_at")
        job.endedAt = try row.optionalTime("ended_at")
        job.updatedAt = try row.time("updated_at")
        job.deadLetteredAt = try row.optionalTime("dead_lettered_at")
        job.textsErasedAt = try row.optionalTime("texts_erased_at")
        guard let code = try row.optionalText("failure_code") else { return }
        job.failure = JobFailure(
            code: code,
            message: try row.text("failure_message"),
            isRetryable: try row.integer("failure_retryable") != 0
        )
    }
}
