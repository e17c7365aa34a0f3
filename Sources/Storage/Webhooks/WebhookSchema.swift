/// Deliveries of the news that a job has ended.
enum WebhookSchema {
    static let version1: [SQLStatement] = [
        """
        CREATE TABLE webhook_deliveries (
            id TEXT NOT NULL PRIMARY KEY,
            job_id TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
            job_ended_at BIGINT NOT NULL,
            owner TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('pending', 'delivered', 'failed')),
            attempts BIGINT NOT NULL CHECK (attempts >= 0),
            next_at BIGINT NOT NULL,
            created_at BIGINT NOT NULL,
            ended_at BIGINT,
            status BIGINT,
            problem TEXT,
            UNIQUE (job_id, job_ended_at),
            CHECK ((state = 'pending') = (ended_at IS NULL))
        )
        """,
        "CREATE INDEX webhook_deliveries_waiting ON webhook_deliveries (next_at) WHERE state = 'pending'",
        "CREATE INDEX webhook_deliveries_by_owner ON webhook_deliveries (owner, created_at, id)",
        "CREATE INDEX jobs_with_webhook ON jobs (ended_at) WHERE webhook_url IS NOT NULL AND ended_at IS NOT NULL",
    ]

    /// Deliveries are made with the ends they tell of, and are taken owner by owner.
    static let version2: [SQLStatement] = [
        """
        INSERT INTO webhook_deliveries (id, job_id, job_ended_at, owner, state, attempts, next_at, created_at)
        SELECT 'hook_' || id || '_' || revision, id, ended_at, owner, 'pending', 0, ended_at, ended_at FROM jobs
        WHERE webhook_url IS NOT NULL AND ended_at IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM webhook_deliveries AS d WHERE d.job_id = jobs.id AND d.job_ended_at = jobs.ended_at
        )
        """,
        "DROP INDEX webhook_deliveries_waiting",
        "CREATE INDEX webhook_deliveries_due ON webhook_deliveries (owner, next_at, id) WHERE state = 'pending'",
    ]
}
