internal import Environment
internal import JobSystem

/// What many ask for at once, done in one transaction with as many statements as for one.
///
/// For databases with arrays, where every statement is a round trip and every transaction a record flushed to the disk;
/// SQLite has neither round trips nor, thanks to `GroupCommit`, a flush for each. Each has only as many kinds of
/// statement as there are kinds of rows to write, so that all are prepared once.
struct JobCombiners: Sendable {
    /// An attempt that ended with a result.
    struct Completion: Sendable {
        var claim: Claim
        var result: String
        var time: Timestamp
    }

    private static let most = 200
    /// Bytes of text that go to the server at once, unless one alone has more.
    private static let heaviest = 1 << 20

    let submissions: Combiner<Int, JobSubmission, SubmissionOutcome>
    let completions: Combiner<Int, Completion, FencedOutcome>
    let positions: Combiner<Int, JobID, QueuePosition?>

    init(_ store: SQLJobStore) {
        submissions = Combiner(most: Self.most, heaviest: Self.heaviest) {
            $0.input.payload.utf8.count + ($0.input.metadata?.utf8.count ?? 0)
        } together: { _, submissions in
            try await store.submitTogether(submissions)
        } alone: { _, submission in
            try await store.submitAlone(submission)
        }
        completions = Combiner(most: Self.most, heaviest: Self.heaviest) {
            $0.result.utf8.count
        } together: { _, completions in
            try await store.completeTogether(completions)
        } alone: { _, completion in
            try await store.settleAlone(
                completion.claim,
                as: .completed(result: completion.result),
                at: completion.time
            )
        }
        positions = Combiner(most: Self.most) { _, ids in
            try await store.positionsTogether(ids)
        } alone: { _, id in
            try await store.positionAlone(of: id)
        }
    }
}

extension SQLJobStore {
    /// - Returns: nil if nothing was recorded: one of them cannot be, or repeats another.
    func submitTogether(_ submissions: [JobSubmission]) async throws -> [SubmissionOutcome]? {
        let keyed = submissions.filter { $0.job.idempotencyKey != nil }
        let keys = Set(keyed.map { [$0.job.owner, $0.job.idempotencyKey] })
        guard keys.count == keyed.count else { return nil }
        return try await unlessRefused {
            try await write(.perStatement) { connection in
                guard try !Self.hasRepeated(keyed, connection) else { return nil }
                try connection.execute(JobRow.insertion(of: submissions.map(\.job)))
                let inputs: [SQLStatement] = [
                    "\(SQLValue.texts(submissions.map(\.job.id.text)))",
                    "\(SQLValue.texts(submissions.map(\.input.payload)))",
                    "\(SQLValue.texts(submissions.map(\.input.metadata)))",
                ]
                try connection.execute(
                    "INSERT INTO job_inputs (job_id, payload, metadata) SELECT * FROM unnest(\(joined: inputs))"
                )
                try Self.recordKeys(keyed, connection)
                return submissions.map { .accepted($0.job) }
            }
        }
    }

    /// Whether one of the keys stands for a job already.
    private static func hasRepeated(_ keyed: [JobSubmission], _ connection: any SQLConnection) throws -> Bool {
        guard !keyed.isEmpty else { return false }
        return try !connection.query(
            """
            SELECT 1 AS one FROM idempotency_keys JOIN unnest(\(joined: keysAndTimes(keyed)))
                AS given (given_owner, given_key, given_time)
                ON owner = given_owner AND idempotency_key = given_key AND expires_at > given_time
            LIMIT 1
            """
        ).isEmpty
    }

    private static func recordKeys(_ keyed: [JobSubmission], _ connection: any SQLConnection) throws {
        guard !keyed.isEmpty else { return }
        let given: [SQLStatement] =
            keysAndTimes(keyed) + [
                "\(SQLValue.texts(keyed.map(\.job.id.text)))", "\(SQLValue.texts(keyed.map(\.fingerprint)))",
            ]
        let lifetime = JobSubmission.keyLifetime
        let changed = try connection.execute(
            """
            INSERT INTO idempotency_keys (owner, idempotency_key, job_id, fingerprint, expires_at)
            SELECT given_owner, given_key, given_id, given_fingerprint, given_time + \(lifetime)
            FROM unnest(\(joined: given))
                AS given (given_owner, given_key, given_time, given_id, given_fingerprint)
            ON CONFLICT (owner, idempotency_key) DO UPDATE
            SET job_id = excluded.job_id, fingerprint = excluded.fingerprint, expires_at = excluded.expires_at
            WHERE idempotency_keys.expires_at <= excluded.expires_at - \(lifetime)
            """
        )
        // As when one is submitted alone: run again, and find theirs.
        if changed < keyed.count {
            throw StorageError(.serialization, "An idempotency key was recorded twice at once.")
        }
    }

    private static func keysAndTimes(_ keyed: [JobSubmission]) -> [SQLStatement] {
        [
            "\(SQLValue.texts(keyed.map(\.job.owner)))", "\(SQLValue.texts(keyed.map(\.job.idempotencyKey)))",
            "\(SQLValue.integers(keyed.map(\.job.submittedAt.microseconds)))",
        ]
    }

    /// - Returns: nil if nothing was recorded because one of them cannot be, or one job is there twice.
    func completeTogether(_ completions: [JobCombiners.Completion]) async throws -> [FencedOutcome]? {
        guard Set(completions.map(\.claim.jobID)).count == completions.count else { return nil }
        return try await unlessRefused {
            try await write(.perStatement) { connection in
                let jobs = try Self.complete(completions, connection)
                let applied = completions.filter { jobs[$0.claim.jobID] != nil }
                let results: [SQLStatement] = [
                    "\(SQLValue.texts(applied.map(\.claim.jobID.text)))", "\(SQLValue.texts(applied.map(\.result)))",
                ]
                try connection.execute(
                    "INSERT INTO job_results (job_id, result) SELECT * FROM unnest(\(joined: results))"
                )
                try recordEnds(of: Array(jobs.values), connection)
                return completions.map { jobs[$0.claim.jobID].map { .applied($0) } ?? .lost }
            }
        }
    }

    /// Each is fenced by its own attempt.
    /// - Returns: those that were changed.
    private static func complete(
        _ completions: [JobCombiners.Completion],
        _ connection: any SQLConnection
    ) throws -> [JobID: Job] {
        let given: [SQLStatement] = [
            "\(SQLValue.texts(completions.map(\.claim.jobID.text)))",
            "\(SQLValue.integers(completions.map { Int64($0.claim.attempt) }))",
            "\(SQLValue.integers(completions.map(\.time.microseconds)))",
        ]
        let jobs = try connection.query(
            """
            UPDATE jobs SET \(completed("given_time")), revision = revision + 1, updated_at = given_time
            FROM unnest(\(joined: given)) AS given (given_id, given_attempt, given_time)
            WHERE id = given_id AND attempt = given_attempt AND state = 'processing'
            RETURNING \(JobRow.columns)
            """
        ).map(JobRow.job)
        return Dictionary(jobs.map { ($0.id, $0) }) { first, _ in first }
    }

    /// Counts what is between one of the jobs and the next, so that no waiting job is looked at twice.
    func positionsTogether(_ ids: [JobID]) async throws -> [QueuePosition?] {
        let given = SQLValue.texts(ids.map(\.text))
        let rows = try await read { connection in
            try connection.query(
                """
                SELECT given.id AS id, passed.jobs AS jobs, passed.words AS words FROM (
                    SELECT id, due_at, COALESCE(lag(due_at) OVER places, \(Int64.min)) AS previous_due_at,
                        COALESCE(lag(id) OVER places, '') AS previous_id
                    FROM jobs WHERE id = ANY(\(given)) AND state = 'queued'
                    WINDOW places AS (ORDER BY due_at, id)
                ) AS given, LATERAL (
                    SELECT COUNT(*) AS jobs, COALESCE(CAST(SUM(words) AS BIGINT), 0) AS words FROM (
                        SELECT words FROM jobs
                        WHERE state = 'queued' AND (due_at, id) < (given.due_at, given.id)
                            AND (due_at, id) >= (given.previous_due_at, given.previous_id)
                        LIMIT \(QueuePosition.horizon)
                    ) AS between_them
                ) AS passed ORDER BY given.due_at, given.id
                """
            )
        }
        var places: [String: QueuePosition] = [:]
        var (ahead, wordsAhead) = (0, 0)
        for row in rows {
            let (jobs, words) = (try row.count("jobs"), try row.count("words"))
            // Beyond the horizon words are no more counted than jobs are.
            wordsAhead += ahead < QueuePosition.horizon ? words : 0
            ahead = min(ahead + jobs, QueuePosition.horizon)
            places[try row.text("id")] = QueuePosition(position: ahead + 1, wordsAhead: wordsAhead)
        }
        return ids.map { places[$0.text] }
    }

    /// Nil where a value is to blame, so that it is found out whose.
    private func unlessRefused<T>(_ body: () async throws -> [T]?) async throws -> [T]? {
        do {
            return try await body()
        } catch let error as JobError where error.code == .invalid {
            return nil
        }
    }
}
