package import Environment
package import JobSystem

/// What workers do.
///
/// Each of these writes is one statement that chooses its rows by lock or fence, and what hangs on its rows; so it
/// needs no more isolation than that, and workers need not be run again because of one another.
extension SQLJobStore {
    package func claim(_ request: ClaimRequest) async throws -> [ClaimedJob] {
        let statement = claiming(request)
        return try await write(.perStatement) { connection in
            // RETURNING keeps no order.
            let jobs = try connection.query(statement).map(JobRow.job).sorted { ($0.dueAt, $0.id) < ($1.dueAt, $1.id) }
            return try withInputs(jobs, connection)
        }
    }

    package func extendLeases(_ claims: [Claim], until deadline: Timestamp, at time: Timestamp) async throws -> [Claim]
    {
        guard !claims.isEmpty else { return [] }
        return try await write(.perStatement) { connection in
            try claims.filter { claim in
                try connection.execute(
                    """
                    UPDATE jobs SET lease_until = \(deadline)
                    WHERE id = \(claim.jobID) AND attempt = \(claim.attempt) AND state = 'processing'
                    """
                ) == 0
            }
        }
    }

    package func recordProgress(
        _ progress: JobProgress,
        of claim: Claim,
        at time: Timestamp
    ) async throws -> FencedOutcome {
        try await write(.perStatement) { connection in
            try Self.fenced(
                claim,
                "segments_done = \(progress.done), segments_total = \(progress.total)",
                at: time,
                connection
            )
        }
    }

    package func settle(
        _ claim: Claim,
        as ending: AttemptEnding,
        at time: Timestamp
    ) async throws -> FencedOutcome {
        guard case .completed(let result) = ending, let combiners else {
            return try await settleAlone(claim, as: ending, at: time)
        }
        return try await combiners.completions.perform(.init(claim: claim, result: result, time: time), for: 0)
    }

    func settleAlone(_ claim: Claim, as ending: AttemptEnding, at time: Timestamp) async throws -> FencedOutcome {
        try await write(.perStatement) { connection in
            let outcome = try Self.fenced(
                claim,
                Self.changes(ending, time),
                unless: Self.condition(ending),
                at: time,
                connection
            )
            if case .applied = outcome, case .completed(let result) = ending {
                try connection.execute("INSERT INTO job_results (job_id, result) VALUES (\(claim.jobID), \(result))")
            }
            if case .applied(let job) = outcome { try recordEnds(of: [job], connection) }
            return outcome
        }
    }

    package func expiredLeases(before time: Timestamp, limit: Int) async throws -> [Job] {
        try await read { connection in
            try connection.query(
                """
                SELECT \(JobRow.columns) FROM jobs WHERE state = 'processing' AND lease_until < \(time)
                ORDER BY lease_until, id LIMIT \(max(limit, 0))
                """
            ).map(JobRow.job)
        }
    }

    package func hasJobApart(_ request: ClaimRequest) async throws -> Bool {
        let condition = waiting(request, JobRow.isApart)
        return try await read { try !$0.query("SELECT id FROM jobs WHERE \(condition) LIMIT 1").isEmpty }
    }

    /// The claim: one statement, so that no two workers get the same job.
    private func claiming(_ request: ClaimRequest) -> SQLStatement {
        """
        WITH \(next(request))
        UPDATE jobs SET
            state = 'processing', attempt = attempt + 1, revision = revision + 1, worker = \(request.worker),
            lease_until = \(request.time + request.lease), started_at = COALESCE(started_at, \(request.time)),
            segments_done = 0, updated_at = \(request.time)
        WHERE id IN (SELECT id FROM next)
        RETURNING \(JobRow.columns)
        """
    }

    /// The jobs that the claim takes: those that run beside others, or one of those that do not.
    private func next(_ request: ClaimRequest) -> SQLStatement {
        let limit = max(request.limit, 0)
        let others = (waiting(request, "NOT (\(JobRow.isApart))"), limit)
        let apart = (waiting(request, JobRow.isApart), min(limit, 1))
        switch request.apart {
        case .leave: return "next AS MATERIALIZED (\(first(others.1, where: others.0)))"
        case .first: return next(apart, otherwise: others)
        case .last: return next(others, otherwise: apart)
        }
    }

    private func next(
        _ preferred: (condition: SQLStatement, limit: Int),
        otherwise others: (condition: SQLStatement, limit: Int)
    ) -> SQLStatement {
        let isNeeded: SQLStatement = "NOT EXISTS (SELECT id FROM preferred)"
        return """
            preferred AS MATERIALIZED (\(first(preferred.limit, where: preferred.condition))),
            others AS MATERIALIZED (\(first(others.limit, where: "\(others.condition) AND \(isNeeded)"))),
            next AS (SELECT id FROM preferred UNION ALL SELECT id FROM others)
            """
    }

    /// Those that are due first, locked.
    private func first(_ limit: Int, where condition: SQLStatement) -> SQLStatement {
        "SELECT id FROM jobs WHERE \(condition) ORDER BY due_at, id LIMIT \(limit)\(database.dialect.skipLocked)"
    }

    private func waiting(_ request: ClaimRequest, _ condition: SQLStatement) -> SQLStatement {
        "state = 'queued' AND available_at <= \(request.time) AND \(condition)\(filters(request))"
    }

    private func filters(_ request: ClaimRequest) -> SQLStatement {
        var filters: SQLStatement = ""
        if request.classes.count < PriorityClass.allCases.count {
            filters = filters + " AND priority_class IN \(list: request.classes.sorted { $0.rawValue < $1.rawValue })"
        }
        if let kinds = request.kinds { filters = filters + " AND kind IN \(list: kinds)" }
        if let languages = request.languages {
            filters = filters + " AND (\(condition(languages)))"
        }
        if let only = request.only { filters = filters + " AND id\(database.dialect.isOneOf(only.map(\.text)))" }
        return filters
    }

    /// Jobs of earlier versions may have codes in capitals.
    private func condition(_ languages: LanguageCoverage) -> SQLStatement {
        let blocks = languages.blocks.map { block -> SQLStatement in
            let sources = database.dialect.isOneOf(block.sources.map { $0.lowercased() })
            let targets = database.dialect.isOneOf(block.targets.map { $0.lowercased() })
            return "LOWER(source_language)\(sources) AND LOWER(target_language)\(targets)"
        }
        guard let first = blocks.first else { return "1 = 0" }
        return blocks.dropFirst().reduce(first) { "\($0) OR \($1)" }
    }

    private func withInputs(_ jobs: [Job], _ connection: any SQLConnection) throws -> [ClaimedJob] {
        guard !jobs.isEmpty else { return [] }
        var inputs: [String: JobInput] = [:]
        for row in try connection.query(
            """
            SELECT job_id, payload, metadata FROM job_inputs
            WHERE job_id\(database.dialect.isOneOf(jobs.map(\.id.text)))
            """
        ) { inputs[try row.text("job_id")] = try Self.input(row) }
        return try jobs.map { job in
            guard let input = inputs[job.id.text] else {
                throw StorageError(.invalidValue, "The waiting job '\(job.id)' has no input.")
            }
            return ClaimedJob(job: job, input: input)
        }
    }

    // MARK: Fenced writes

    /// Changes a job while it is in the claim's attempt.
    private static func fenced(
        _ claim: Claim,
        _ changes: SQLStatement,
        unless condition: SQLStatement = "",
        at time: Timestamp,
        _ connection: any SQLConnection
    ) throws -> FencedOutcome {
        let row = try connection.query(
            """
            UPDATE jobs SET \(changes), revision = revision + 1, updated_at = \(time)
            WHERE id = \(claim.jobID) AND attempt = \(claim.attempt) AND state = 'processing'\(condition)
            RETURNING \(JobRow.columns)
            """
        ).first
        return try row.map { .applied(try JobRow.job($0)) } ?? .lost
    }

    private static func changes(_ ending: AttemptEnding, _ time: Timestamp) -> SQLStatement {
        switch ending {
        case .completed: completed("\(time)")
        case .failed(let failure, let isDeadLetter):
            """
            state = 'failed', worker = NULL, lease_until = NULL, failures = failures + 1, \(failed(failure)),
            dead_lettered_at = \(isDeadLetter ? time : nil), \(ended("\(time)"))
            """
        case .retryLater(let failure, let availableAt):
            """
            state = 'queued', worker = NULL, lease_until = NULL, failures = failures + 1, segments_done = 0,
            \(failed(failure)), available_at = \(availableAt)
            """
        case .handedBack:
            "state = 'queued', worker = NULL, lease_until = NULL, segments_done = 0, available_at = \(time)"
        case .refused(let availableAt):
            "state = 'queued', worker = NULL, lease_until = NULL, segments_done = 0, available_at = \(availableAt)"
        case .crashed(_, let availableAt):
            """
            state = 'queued', worker = NULL, lease_until = NULL, crashes = crashes + 1, segments_done = 0,
            \(failed(.leaseLost)), available_at = \(availableAt)
            """
        case .givenUp(_, let failure):
            """
            state = 'failed', worker = NULL, lease_until = NULL, crashes = crashes + 1, \(failed(failure)),
            dead_lettered_at = \(time), \(ended("\(time)"))
            """
        }
    }

    /// - Parameter time: an expression.
    static func completed(_ time: SQLStatement) -> SQLStatement {
        """
        state = 'completed', worker = NULL, lease_until = NULL, segments_done = segments_total,
        failure_code = NULL, failure_message = NULL, failure_retryable = NULL, \(ended(time))
        """
    }

    private static func condition(_ ending: AttemptEnding) -> SQLStatement {
        switch ending {
        case .crashed(let time, _), .givenUp(let time, _): " AND lease_until < \(time)"
        case .completed, .failed, .retryLater, .handedBack, .refused: ""
        }
    }

    private static func failed(_ failure: JobFailure) -> SQLStatement {
        """
        failure_code = \(failure.code), failure_message = \(failure.message), failure_retryable = \(failure.isRetryable)
        """
    }

    /// The columns of a job's end.
    /// - Parameter time: an expression.
    static func ended(_ time: SQLStatement) -> SQLStatement {
        let shortest = JobSubmission.shortestRetention
        return """
            ended_at = \(time),
            retain_until = \(time) + CASE WHEN retention < \(shortest) THEN \(shortest) ELSE retention END
            """
    }
}
