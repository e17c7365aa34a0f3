internal import Environment
package import JobSystem

/// Numbers of jobs: sums of those that have ended, and the few that have not, counted. What they cost does not grow with
/// what has been done.
extension SQLJobStore {
    package func counts() async throws -> [JobCount] {
        try await read { connection in
            try connection.query(
                """
                SELECT state, priority_class, CAST(SUM(jobs) AS BIGINT) AS jobs FROM (
                    SELECT state, priority_class, jobs FROM job_totals
                    UNION ALL SELECT state, priority_class, jobs FROM job_endings
                    UNION ALL SELECT state, priority_class, 1 FROM jobs WHERE state = 'queued'
                    UNION ALL SELECT state, priority_class, 1 FROM jobs WHERE state = 'processing'
                ) AS counted GROUP BY state, priority_class HAVING SUM(jobs) > 0 ORDER BY state, priority_class
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

    package func waitingByOwner() async throws -> [String: Int] {
        try await read { connection in
            let rows = try connection.query(
                "SELECT owner, COUNT(*) AS jobs FROM jobs WHERE state = 'queued' GROUP BY owner"
            )
            return Dictionary(try rows.map { (try $0.text("owner"), try $0.count("jobs")) }) { first, _ in first }
        }
    }

    package func statistics(_ query: StatisticsQuery) async throws -> [JobStatistics] {
        let statement = Self.statistics(query)
        return try await read { connection in try connection.query(statement).map(Self.statistics) }
    }

    private static func statistics(_ query: StatisticsQuery) -> SQLStatement {
        let days = query.days
        let ofOwner: SQLStatement = query.owner.map { " AND owner = \($0)" } ?? ""
        let columns: SQLStatement = "source_language, target_language, priority_class, state"
        let open: SQLStatement = """
            SELECT submitted_at / \(microsecondsOfDay), \(columns), 1, words, 0, 0 FROM jobs
            WHERE submitted_at >= \(days.lowerBound * microsecondsOfDay)
                AND submitted_at < \(days.upperBound * microsecondsOfDay)\(ofOwner)
            """
        return """
            SELECT day, \(columns), CAST(SUM(jobs) AS BIGINT) AS jobs, CAST(SUM(words) AS BIGINT) AS words,
                CAST(SUM(processing) AS BIGINT) AS processing, CAST(SUM(in_time) AS BIGINT) AS in_time
            FROM (
                SELECT day, \(columns), jobs, words, processing, in_time FROM job_days
                WHERE owner = \(query.owner ?? "") AND day >= \(days.lowerBound) AND day < \(days.upperBound)
                UNION ALL SELECT day, \(columns), jobs, words, processing, in_time FROM job_endings
                WHERE day >= \(days.lowerBound) AND day < \(days.upperBound)\(ofOwner)
                UNION ALL \(open) AND state = 'queued'
                UNION ALL \(open) AND state = 'processing'
            ) AS counted GROUP BY day, \(columns) HAVING SUM(jobs) > 0
            ORDER BY day DESC, source_language, target_language, priority_class, state LIMIT 10000
            """
    }

    private static func statistics(_ row: SQLRow) throws -> JobStatistics {
        JobStatistics(
            day: Timestamp(microseconds: try row.integer("day") * microsecondsOfDay),
            languages: try JobRow.languages(row),
            priorityClass: try row.choice("priority_class"),
            state: try row.choice("state"),
            jobs: try row.count("jobs"),
            words: try row.count("words"),
            processingTime: try row.span("processing"),
            withinServiceLevel: try row.count("in_time")
        )
    }
}

extension StatisticsQuery {
    /// Days since 1970 that the period touches.
    fileprivate var days: Range<Int64> {
        let day = SQLJobStore.microsecondsOfDay
        let first = max(0, from.microseconds) / day
        let last = max(0, until.microseconds - 1) / day
        return first..<max(first, last) + 1
    }
}
