package import Environment
package import JobSystem

/// What people decide about jobs, and what time does.
extension SQLJobStore {
    package func cancel(_ id: JobID, at time: Timestamp) async throws -> Job? {
        try await write { connection in
            try Self.change(
                id,
                by: .cancel,
                "state = 'cancelled', worker = NULL, lease_until = NULL, \(Self.ended("\(time)"))",
                at: time,
                connection
            )
        }
    }

    package func retry(_ id: JobID, at time: Timestamp) async throws -> Job? {
        try await write { connection in
            guard let job = try Self.job(id, connection) else { return nil }
            if job.state == .failed, job.textsErasedAt != nil {
                throw JobError(.conflict, "The job's texts have been erased; expected a job whose texts are kept.")
            }
            return try Self.change(
                id,
                by: .retry,
                """
                state = 'queued', failures = 0, segments_done = 0, available_at = \(time),
                due_at = \(job.priority.due(submittedAt: time)),
                ended_at = NULL, retain_until = NULL, dead_lettered_at = NULL
                """,
                at: time,
                connection
            )
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
            try connection.query("DELETE FROM jobs WHERE owner = \(owner) RETURNING id").compactMap {
                JobID(try $0.text("id"))
            }
        }
    }

    package func eraseExpired(at time: Timestamp, limit: Int) async throws -> Int {
        try await write { connection in
            try connection.execute(
                """
                DELETE FROM idempotency_keys WHERE expires_at <= \(time)
                """
            )
            let expired = try connection.query(
                """
                SELECT id, retention FROM jobs WHERE retain_until IS NOT NULL AND retain_until <= \(time)
                ORDER BY retain_until, id LIMIT \(max(limit, 0))
                """
            ).map { (id: try $0.text("id"), isKept: try $0.integer("retention") > 0) }
            for job in expired {
                if job.isKept {
                    try Self.eraseTexts(job.id, time, connection)
                } else {
                    try connection.execute("DELETE FROM jobs WHERE id = \(job.id)")
                }
            }
            return expired.count
        }
    }

    private static func eraseTexts(_ id: String, _ time: Timestamp, _ connection: any SQLConnection) throws {
        for statement: SQLStatement in [
            "DELETE FROM job_inputs WHERE job_id = \(id)",
            "DELETE FROM job_results WHERE job_id = \(id)",
            "DELETE FROM idempotency_keys WHERE job_id = \(id)",
            """
            UPDATE jobs SET retain_until = NULL, texts_erased_at = \(time), webhook_url = NULL, idempotency_key = NULL,
                revision = revision + 1, updated_at = \(time)
            WHERE id = \(id)
            """,
        ] { try connection.execute(statement) }
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
