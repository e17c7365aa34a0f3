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
}
