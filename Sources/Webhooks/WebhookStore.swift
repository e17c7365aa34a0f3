package import Environment
package import JobSystem
package import Storage

/// Deliveries in the database that the jobs are in.
///
/// A delivery is recorded with the job's end, in the same transaction (`SQLJobStore`), so that no job's end goes unannounced,
/// wherever and however it came. Any number of processes may deliver: a claim puts the next attempt off, and what comes of an attempt counts only while
/// it is the latest.
package struct WebhookStore: Sendable {
    private let database: any Database
    private let environment: ServiceEnvironment

    package init(_ database: any Database, environment: ServiceEnvironment) {
        self.database = database
        self.environment = environment
    }

    /// A delivery to attempt, with what is to be told and where.
    package struct Claimed: Sendable {
        package let delivery: WebhookDelivery
        package let job: JobID
        package let address: String
    }

    private static let columns: SQLStatement =
        "id, job_id, owner, state, attempts, next_at, created_at, ended_at, status, problem"

    /// Records a delivery for every job that has ended, wants one, and has none for this end: ends that a process of an
    /// earlier version brought about. Looks at all jobs with webhooks; at most `limit`.
    /// - Returns: how many.
    @discardableResult
    package func recordMissed(limit: Int = 500) async throws -> Int {
        let missing: SQLStatement = """
            FROM jobs WHERE webhook_url IS NOT NULL AND ended_at IS NOT NULL AND NOT EXISTS (
                SELECT 1 FROM webhook_deliveries AS d WHERE d.job_id = jobs.id AND d.job_ended_at = jobs.ended_at
            )
            """
        // Most of the time there is nothing to write.
        guard try await !database.read({ try $0.query("SELECT 1 AS one \(missing) LIMIT 1") }).isEmpty else { return 0 }
        return try await database.write(.perStatement) { connection in
            try connection.execute(
                """
                INSERT INTO webhook_deliveries (id, job_id, job_ended_at, owner, state, attempts, next_at, created_at)
                SELECT 'hook_' || id || '_' || revision, id, ended_at, owner, 'pending', 0, ended_at, ended_at
                \(missing) ORDER BY ended_at LIMIT \(limit) ON CONFLICT (job_id, job_ended_at) DO NOTHING
                """
            )
        }
    }

    /// An owner with something to deliver.
    package struct Agenda: Hashable, Sendable {
        package let owner: String
        /// When the first of it is due.
        package let nextAt: Timestamp

        package init(owner: String, nextAt: Timestamp) {
            self.owner = owner
            self.nextAt = nextAt
        }
    }

    /// Who has something to deliver, and when; at most 10,000 owners. Costs a look into an index for each of them, however
    /// much each has.
    package func agenda() async throws -> [Agenda] {
        try await database.read { connection in
            try connection.query(
                """
                WITH RECURSIVE owners (owner) AS (
                    SELECT (SELECT MIN(owner) FROM webhook_deliveries WHERE state = 'pending')
                    UNION ALL
                    SELECT (
                        SELECT MIN(d.owner) FROM webhook_deliveries AS d
                        WHERE d.state = 'pending' AND d.owner > owners.owner
                    ) FROM owners WHERE owners.owner IS NOT NULL
                )
                SELECT owner, (
                    SELECT MIN(d.next_at) FROM webhook_deliveries AS d
                    WHERE d.state = 'pending' AND d.owner = owners.owner
                ) AS next_at FROM owners WHERE owner IS NOT NULL LIMIT 10000
                """
            ).map { Agenda(owner: try $0.text("owner"), nextAt: try $0.time("next_at")) }
        }
    }

    /// Takes deliveries of an owner that are due, the longest due first, and puts their next attempt off by `lease`.
    package func claim(ofOwner owner: String, limit: Int, lease: Duration) async throws -> [Claimed] {
        let environment = environment
        let dialect = database.dialect
        return try await database.write(.perStatement) { connection in
            let now = environment.now()
            let claimed = try connection.query(
                """
                WITH due AS MATERIALIZED (
                    SELECT id FROM webhook_deliveries WHERE state = 'pending' AND owner = \(owner) AND next_at <= \(now)
                    ORDER BY next_at, id LIMIT \(limit)\(dialect.skipLocked)
                )
                UPDATE webhook_deliveries SET attempts = attempts + 1, next_at = \(now + lease)
                WHERE id IN (SELECT id FROM due) RETURNING \(Self.columns)
                """
            ).map(Self.delivery)
            return try claimed.compactMap { delivery in
                let job = try connection.query("SELECT webhook_url FROM jobs WHERE id = \(delivery.jobID)").first
                guard let address = try job?.optionalText("webhook_url") else { return nil }
                return Claimed(delivery: delivery, job: delivery.jobID, address: address)
            }
        }
    }

    /// Records what came of the latest attempt; an earlier one's result changes nothing.
    /// - Parameter retryAt: when to try again; nil: never.
    package func settle(
        _ delivery: WebhookDelivery,
        isDelivered: Bool,
        status: Int?,
        problem: String?,
        retryAt: Timestamp?
    ) async throws {
        let now = environment.now()
        let state: WebhookDelivery.State = isDelivered ? .delivered : retryAt == nil ? .failed : .pending
        let ended = state == .pending ? nil : now
        try await database.write { connection in
            _ = try connection.execute(
                """
                UPDATE webhook_deliveries
                SET state = \(state.rawValue), status = \(status), problem = \(problem.map { String($0.prefix(300)) }),
                    next_at = \(retryAt ?? now), ended_at = \(ended)
                WHERE id = \(delivery.id) AND attempts = \(delivery.attempts) AND state = 'pending'
                """
            )
        }
    }

    /// An owner's deliveries, latest first; `job`: of one job only. At most 200.
    package func deliveries(ofOwner owner: String?, job: JobID? = nil, limit: Int = 50) async throws
        -> [WebhookDelivery]
    {
        try await database.read { connection in
            var statement: SQLStatement = "SELECT \(Self.columns) FROM webhook_deliveries WHERE 1 = 1"
            if let owner { statement = statement + " AND owner = \(owner)" }
            if let job { statement = statement + " AND job_id = \(job)" }
            return try connection.query(
                "\(statement) ORDER BY created_at DESC, id DESC LIMIT \(min(max(limit, 1), 200))"
            ).map(Self.delivery)
        }
    }

    private static func delivery(_ row: SQLRow) throws -> WebhookDelivery {
        guard let job = JobID(try row.text("job_id")) else { throw row.wrong("job_id", "a job id") }
        return WebhookDelivery(
            id: try row.text("id"),
            jobID: job,
            owner: try row.text("owner"),
            state: try row.choice("state"),
            attempts: try row.count("attempts"),
            nextAt: try row.time("next_at"),
            createdAt: try row.time("created_at"),
            endedAt: try row.optionalTime("ended_at"),
            status: try row.value("status") == .null ? nil : try row.count("status"),
            problem: try row.optionalText("problem")
        )
    }
}
