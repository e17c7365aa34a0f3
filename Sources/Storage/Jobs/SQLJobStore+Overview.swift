internal import Environment
package import JobSystem

/// What operators and estimates ask.
extension SQLJobStore {
    package func deadLetters(limit: Int, cursor: JobCursor?) async throws -> JobPage {
        try await read { connection in
            var statement: SQLStatement = "SELECT \(JobRow.columns) FROM jobs WHERE dead_lettered_at IS NOT NULL"
            if let cursor {
                statement = statement + " AND (dead_lettered_at, id) < (\(cursor.time), \(cursor.id))"
            }
            return try Self.page(statement, by: "dead_lettered_at", limit, connection) {
                $0.deadLetteredAt ?? $0.updatedAt
            }
        }
    }

    package func queueStatus() async throws -> QueueStatus {
        try await read { connection in
            var status = QueueStatus()
            for row in try connection.query(
                """
                SELECT priority_class, COUNT(*) AS jobs, CAST(SUM(words) AS BIGINT) AS words,
                    MIN(submitted_at) AS oldest
                FROM jobs WHERE state = 'queued' GROUP BY priority_class
                """
            ) {
                status.waiting[try row.choice("priority_class")] = .init(
                    jobs: try row.count("jobs"),
                    words: try row.count("words"),
                    oldest: try row.time("oldest")
                )
            }
            for row in try connection.query(
                """
                SELECT priority_class, COUNT(*) AS jobs FROM jobs WHERE state = 'processing' GROUP BY priority_class
                """
            ) { status.processing[try row.choice("priority_class")] = try row.count("jobs") }
            return status
        }
    }

    package func counts() async throws -> [JobCount] {
        try await read { connection in
            try connection.query(
                """
                SELECT state, priority_class, COUNT(*) AS jobs FROM jobs GROUP BY state, priority_class
                ORDER BY state, priority_class
                """
            ).map { row in
                JobCount(
                    state: try row.choice("state"),
                    priorityClass: try row.choice("priority_class"),
                    jobs: try row.count("jobs")
                )
            }
        }
    }

    package func position(of id: JobID) async throws -> QueuePosition? {
        guard let combiners else { return try await positionAlone(of: id) }
        return try await combiners.positions.perform(id, for: 0)
    }

    func positionAlone(of id: JobID) async throws -> QueuePosition? {
        try await read { connection in
            guard let job = try Self.job(id, connection), job.state == .queued else { return nil }
            let row = try connection.query(
                """
                SELECT COUNT(*) AS jobs, COALESCE(CAST(SUM(words) AS BIGINT), 0) AS words FROM (
                    SELECT words FROM jobs WHERE state = 'queued' AND (due_at, id) < (\(job.dueAt), \(job.id))
                    LIMIT \(QueuePosition.horizon)
                ) AS ahead
                """
            ).first
            guard let row else { return nil }
            return QueuePosition(position: try row.count("jobs") + 1, wordsAhead: try row.count("words"))
        }
    }

    package func statistics(_ query: StatisticsQuery) async throws -> [JobStatistics] {
        var condition: SQLStatement = "submitted_at >= \(query.from) AND submitted_at < \(query.until)"
        if let owner = query.owner { condition = condition + " AND owner = \(owner)" }
        let statement: SQLStatement = """
            SELECT submitted_at / 86400000000 AS day, source_language, target_language, priority_class, state,
                COUNT(*) AS jobs, CAST(SUM(words) AS BIGINT) AS words,
                CAST(SUM(CASE WHEN started_at IS NULL OR ended_at IS NULL THEN 0 ELSE ended_at - started_at END)
                    AS BIGINT) AS processing,
                CAST(SUM(CASE WHEN state = 'completed' AND ended_at - submitted_at <= \(Self.serviceLevel) THEN 1
                    ELSE 0 END) AS BIGINT) AS in_time
            FROM jobs WHERE \(condition)
            GROUP BY submitted_at / 86400000000, source_language, target_language, priority_class, state
            ORDER BY day DESC, source_language, target_language, priority_class, state LIMIT 10000
            """
        return try await read { connection in try connection.query(statement).map(Self.statistics) }
    }

    private static func statistics(_ row: SQLRow) throws -> JobStatistics {
        JobStatistics(
            day: Timestamp(microseconds: try row.integer("day") * 86_400_000_000),
            languages: try JobRow.languages(row),
            priorityClass: try row.choice("priority_class"),
            state: try row.choice("state"),
            jobs: try row.count("jobs"),
            words: try row.count("words"),
            processingTime: try row.span("processing"),
            withinServiceLevel: try row.count("in_time")
        )
    }

    /// The service level of a row's class.
    private static var serviceLevel: SQLStatement {
        """
        CASE priority_class WHEN 'CRITICAL' THEN \(PriorityClass.critical.serviceLevel)
            WHEN 'HIGH' THEN \(PriorityClass.high.serviceLevel) ELSE \(PriorityClass.standard.serviceLevel) END
        """
    }
}
