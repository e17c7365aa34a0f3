internal import Environment
package import JobSystem

/// What goes with a job's end, in the same transaction: its numbers, and the news for its webhook.
extension SQLJobStore {
    /// Jobs as the statistics see them.
    struct Numbers: Hashable {
        var jobs: Int64 = 0
        var words: Int64 = 0
        var processing: Int64 = 0
        var inTime: Int64 = 0

        static func += (left: inout Numbers, right: Numbers) {
            left.jobs += right.jobs
            left.words += right.words
            left.processing += right.processing
            left.inTime += right.inTime
        }
    }

    /// What jobs are counted by; the owner '' stands for everybody.
    struct CountedGroup: Hashable {
        var owner: String
        var day: Int64
        var languages: JobLanguages
        var priorityClass: PriorityClass
        var state: JobState

        /// An order that all who write keep, so that none waits for another in a circle.
        var order: [String] {
            [owner, String(day), languages.source, languages.target, priorityClass.rawValue, state.rawValue]
        }
    }

    static let microsecondsOfDay: Int64 = 86_400_000_000

    /// Notes ends, to be called in the transaction that brings them about. Jobs that have not ended are passed over.
    func recordEnds(of jobs: [Job], _ connection: any SQLConnection) throws {
        let ended = jobs.filter { $0.state.hasEnded }
        guard !ended.isEmpty else { return }
        try connection.execute(
            "INSERT INTO job_endings (\(Self.endingColumns)) \(rows(ended.map { Self.ending($0, $0.revision, 1) }))"
        )
        let news = ended.filter { $0.webhookURL != nil }
        guard !news.isEmpty else { return }
        try connection.execute(
            """
            INSERT INTO webhook_deliveries (id, job_id, job_ended_at, owner, state, attempts, next_at, created_at)
            \(rows(news.map(Self.delivery))) ON CONFLICT (job_id, job_ended_at) DO NOTHING
            """
        )
    }

    /// Notes that an end was none, since the job is to be tried again.
    /// - Parameters:
    ///   - job: as it had ended.
    ///   - revision: of the change.
    func takeBackEnd(of job: Job, revision: Int64, _ connection: any SQLConnection) throws {
        try connection.execute(
            "INSERT INTO job_endings (\(Self.endingColumns)) \(rows([Self.ending(job, revision, -1)]))"
        )
    }

    /// Adds what has ended since to the sums; at most `limit` ends.
    /// - Returns: how many.
    package func foldEndings(limit: Int) async throws -> Int {
        let isEmpty = try await read { try $0.query("SELECT 1 AS one FROM job_endings LIMIT 1").isEmpty }
        guard !isEmpty else { return 0 }
        return try await write(.perStatement) { connection in
            let rows = try connection.query(
                """
                WITH taken AS MATERIALIZED (
                    SELECT job_id, revision FROM job_endings LIMIT \(max(limit, 1))\(database.dialect.skipLocked)
                )
                DELETE FROM job_endings WHERE (job_id, revision) IN (SELECT job_id, revision FROM taken)
                RETURNING \(Self.endingColumns)
                """
            )
            var days: [CountedGroup: Numbers] = [:]
            for row in rows {
                var group = try Self.group(row)
                let numbers = try Self.numbers(row)
                if !group.owner.isEmpty { days[group, default: Numbers()] += numbers }
                group.owner = ""
                days[group, default: Numbers()] += numbers
            }
            try Self.add(days, connection)
            return rows.count
        }
    }

    // MARK: Rows

    private static let endingColumns: SQLStatement = """
        job_id, revision, owner, day, source_language, target_language, priority_class, state, jobs, words, processing,
        in_time
        """

    private static func ending(_ job: Job, _ revision: Int64, _ sign: Int64) -> [SQLValue] {
        let processing = job.startedAt.flatMap { start in job.endedAt.map { $0 - start } } ?? .zero
        let isInTime =
            job.state == .completed
            && job.endedAt.map { $0 - job.submittedAt <= job.priority.priorityClass.serviceLevel } == true
        return [
            job.id.sqlValue, revision.sqlValue, job.owner.sqlValue,
            (job.submittedAt.microseconds / microsecondsOfDay).sqlValue, job.languages.source.sqlValue,
            job.languages.target.sqlValue, job.priority.priorityClass.sqlValue, job.state.sqlValue, sign.sqlValue,
            (sign * Int64(job.words)).sqlValue, .integer(sign * processing.wholeMicroseconds),
            (sign * (isInTime ? 1 : 0)).sqlValue,
        ]
    }

    private static func delivery(_ job: Job) -> [SQLValue] {
        let end = (job.endedAt ?? job.updatedAt).sqlValue
        return [
            "hook_\(job.id)_\(job.revision)".sqlValue, job.id.sqlValue, end, job.owner.sqlValue, "pending".sqlValue,
            0.sqlValue, end, end,
        ]
    }

    /// Rows to be inserted: the same statement however many there are, where there are arrays.
    private func rows(_ rows: [[SQLValue]]) -> SQLStatement {
        guard database.dialect.hasArrays else {
            return "VALUES \(joined: rows.map { row in "\(list: row)" })"
        }
        let columns = rows[0].indices.map { column -> SQLStatement in
            let values = rows.map { $0[column] }
            if case .text = values[0] { return "\(SQLValue.texts(values.map(\.asText)))" }
            return "\(SQLValue.integers(values.map(\.asInteger)))"
        }
        return "SELECT * FROM unnest(\(joined: columns))"
    }

    // MARK: Sums

    private static func group(_ row: SQLRow) throws -> CountedGroup {
        CountedGroup(
            owner: try row.text("owner"),
            day: try row.integer("day"),
            languages: try JobRow.languages(row),
            priorityClass: try row.choice("priority_class"),
            state: try row.choice("state")
        )
    }

    private static func numbers(_ row: SQLRow) throws -> Numbers {
        Numbers(
            jobs: try row.integer("jobs"),
            words: try row.integer("words"),
            processing: try row.integer("processing"),
            inTime: try row.integer("in_time")
        )
    }

    private static func add(_ days: [CountedGroup: Numbers], _ connection: any SQLConnection) throws {
        for (group, numbers) in days.sorted(by: { $0.key.order.lexicographicallyPrecedes($1.key.order) }) {
            try connection.execute(
                """
                INSERT INTO job_days VALUES (
                    \(group.owner), \(group.day), \(group.languages.source), \(group.languages.target),
                    \(group.priorityClass), \(group.state), \(numbers.jobs), \(numbers.words), \(numbers.processing),
                    \(numbers.inTime)
                )
                ON CONFLICT (owner, day, source_language, target_language, priority_class, state) DO UPDATE SET
                    jobs = job_days.jobs + excluded.jobs, words = job_days.words + excluded.words,
                    processing = job_days.processing + excluded.processing,
                    in_time = job_days.in_time + excluded.in_time
                """
            )
            guard group.owner.isEmpty else { continue }
            try connection.execute(
                """
                INSERT INTO job_totals VALUES (\(group.state), \(group.priorityClass), \(numbers.jobs))
                ON CONFLICT (state, priority_class) DO UPDATE SET jobs = job_totals.jobs + excluded.jobs
                """
            )
        }
    }
}
