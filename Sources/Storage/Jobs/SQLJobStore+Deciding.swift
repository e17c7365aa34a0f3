package import Environment
package import JobSystem

/// What people decide about jobs, and what time does.
extension SQLJobStore {
    package func cancel(_ id: JobID, at time: Timestamp) async throws -> Job? {
        try await write { connection in
            let job = try Self.change(
                id,
                by: .cancel,
                "state = 'cancelled', worker = NULL, lease_until = NULL, \(Self.ended("\(time)"))",
                at: time,
                connection
            )
            try recordEnds(of: job.map { [$0] } ?? [], connection)
            return job
        }
    }

    package func retry(_ id: JobID, at time: Timestamp) async throws -> Job? {
        try await write { connection in
            guard let job = try Self.job(id, connection) else { return nil }
            if job.state == .failed, job.textsErasedAt != nil {
                throw JobError(.conflict, "The job's texts have been erased; expected a job whose texts are kept.")
            }
            let retried = try Self.change(
                id,
                by: .retry,
                """
                state = 'queued', failures = 0, crashes = \(min(job.crashes, Job.crashesBesideOthers)),
                segments_done = 0, available_at = \(time),
                due_at = \(job.priority.due(submittedAt: time)),
                ended_at = NULL, retain_until = NULL, dead_lettered_at = NULL
                """,
                at: time,
                connection
            )
            if let retried { try takeBackEnd(of: job, revision: retried.revision, connection) }
            return retried
        }
    }

    package func erase(_ id: JobID) async throws -> Bool {
        try await write { connection in
            let ended = JobState.allCases.filter(\.hasEnded)
            let erased = try connection.execute("DELETE FROM jobs WHERE id = \(id) AND state IN \(list: ended)")
            if erased == 0, let job = try Self.job(id, connection) {
                throw JobError(
                    .conflict,
                    "The job is '\(job.state.rawValue)', expected one that has ended; cancel it first."
                )
            }
            return erased > 0
        }
    }

    package func eraseAll(ofOwner owner: String) async throws -> [JobID] {
        try await write { connection in
            // What everybody did stays counted, but nobody is named.
            try connection.execute("UPDATE job_endings SET owner = '' WHERE owner = \(owner)")
            try connection.execute("DELETE FROM job_days WHERE owner = \(owner)")
            return try connection.query("DELETE FROM jobs WHERE owner = \(owner) RETURNING id").compactMap {
                JobID(try $0.text("id"))
            }
        }
    }

    package func eraseExpired(at time: Timestamp, limit: Int) async throws -> Int {
        try await write(.perStatement) { connection in
            // What refers to a job goes with it; its numbers are part of the statistics since it ended.
            let jobs = try connection.execute(
                """
                WITH expired AS MATERIALIZED (
                    SELECT id FROM jobs WHERE retain_until IS NOT NULL AND retain_until <= \(time)
                    ORDER BY retain_until, id LIMIT \(max(limit, 0))\(database.dialect.skipLocked)
                ) DELETE FROM jobs WHERE id IN (SELECT id FROM expired)
                """
            )
            let keys = try connection.execute(
                """
                WITH expired AS MATERIALIZED (
                    SELECT owner, idempotency_key FROM idempotency_keys WHERE expires_at <= \(time)
                    ORDER BY expires_at LIMIT \(max(limit, 0))\(database.dialect.skipLocked)
                )
                DELETE FROM idempotency_keys
                WHERE (owner, idempotency_key) IN (SELECT owner, idempotency_key FROM expired)
                """
            )
            return max(jobs, keys)
        }
    }

    /// Takes a step of the state machine that needs no claim.
    private static func change(
        _ id: JobID,
        by event: JobStateMachine.Event,
        _ changes: SQLStatement,
        at time: Timestamp,
        _ connection: any SQLConnection
    ) throws -> Job? {
        let row = try connection.query(
            """
            UPDATE jobs SET \(changes), revision = revision + 1, updated_at = \(time)
            WHERE id = \(id) AND state IN \(list: JobStateMachine.states(allowing: event))
            RETURNING \(JobRow.columns)
            """
        ).first
        if let row { return try JobRow.job(row) }
        guard let job = try job(id, connection) else { return nil }
        throw JobStateMachine.conflict(job.state, event)
    }
}
