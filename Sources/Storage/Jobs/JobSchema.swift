/// The tables of `SQLJobStore`.
///
/// What changes often (`jobs`) is kept apart from what is large and written once (`job_inputs`, `job_results`).
enum JobSchema {
    static let version1: [SQLStatement] = [jobs, inputs, results, keys] + indexes

    /// Crashes, and an index of those that wait to be tried alone (`JobRow.isApart`): hardly ever any, and looked for by
    /// every worker that runs nothing.
    static let version2: [SQLStatement] = [
        "ALTER TABLE jobs ADD COLUMN crashes BIGINT NOT NULL DEFAULT 0 CHECK (crashes BETWEEN 0 AND attempt)",
        "CREATE INDEX jobs_apart ON jobs (due_at, id) WHERE state = 'queued' AND crashes >= 2",
    ]

    private static let jobs: SQLStatement = """
        CREATE TABLE jobs (
            id TEXT NOT NULL PRIMARY KEY,
            owner TEXT NOT NULL,
            kind TEXT NOT NULL,
            source_language TEXT NOT NULL,
            target_language TEXT NOT NULL,
            priority_class TEXT NOT NULL,
            score BIGINT NOT NULL,
            words BIGINT NOT NULL,
            submitted_at BIGINT NOT NULL,
            idempotency_key TEXT,
            webhook_url TEXT,
            retention BIGINT NOT NULL,
            state TEXT NOT NULL,
            attempt BIGINT NOT NULL,
            failures BIGINT NOT NULL,
            revision BIGINT NOT NULL,
            segments_done BIGINT NOT NULL,
            segments_total BIGINT NOT NULL,
            available_at BIGINT NOT NULL,
            due_at BIGINT NOT NULL,
            worker TEXT,
            lease_until BIGINT,
            started_at BIGINT,
            ended_at BIGINT,
            updated_at BIGINT NOT NULL,
            failure_code TEXT,
            failure_message TEXT,
            failure_retryable BIGINT,
            dead_lettered_at BIGINT,
            texts_erased_at BIGINT,
            retain_until BIGINT,
            CONSTRAINT known_state CHECK (state IN ('queued', 'processing', 'completed', 'failed', 'cancelled')),
            CONSTRAINT class_of_score CHECK (
                (priority_class = 'CRITICAL' AND score BETWEEN 90 AND 100)
                OR (priority_class = 'HIGH' AND score BETWEEN 70 AND 89)
                OR (priority_class = 'STANDARD' AND score BETWEEN 0 AND 69)
            ),
            CONSTRAINT counts_in_range CHECK (
                words >= 0 AND retention >= 0 AND revision >= 1 AND failures BETWEEN 0 AND attempt
                AND segments_done BETWEEN 0 AND segments_total
            ),
            CONSTRAINT names_in_range CHECK (
                length(id) = 31 AND length(owner) BETWEEN 1 AND 128 AND length(kind) BETWEEN 1 AND 32
                AND length(source_language) BETWEEN 1 AND 35 AND length(target_language) BETWEEN 1 AND 35
            ),
            CONSTRAINT lease_while_processing CHECK (
                (state = 'processing') = (lease_until IS NOT NULL) AND (state = 'processing') = (worker IS NOT NULL)
            ),
            CONSTRAINT attempted CHECK (
                (state NOT IN ('processing', 'completed', 'failed') OR attempt >= 1)
                AND (attempt = 0) = (started_at IS NULL)
            ),
            CONSTRAINT end_of_ended CHECK (
                (state IN ('completed', 'failed', 'cancelled')) = (ended_at IS NOT NULL)
                AND (ended_at IS NOT NULL OR retain_until IS NULL)
            ),
            CONSTRAINT failure_whole CHECK (
                (failure_code IS NULL) = (failure_message IS NULL)
                AND (failure_code IS NULL) = (failure_retryable IS NULL)
                AND (state <> 'failed' OR failure_code IS NOT NULL)
                AND (state <> 'completed' OR failure_code IS NULL)
            ),
            CONSTRAINT dead_letters_failed CHECK (dead_lettered_at IS NULL OR state = 'failed')
        )
        """

    private static let inputs: SQLStatement = """
        CREATE TABLE job_inputs (
            job_id TEXT NOT NULL PRIMARY KEY REFERENCES jobs (id) ON DELETE CASCADE,
            payload TEXT NOT NULL,
            metadata TEXT
        )
        """

    /// The primary key is what makes a second result impossible.
    private static let results: SQLStatement = """
        CREATE TABLE job_results (
            job_id TEXT NOT NULL PRIMARY KEY REFERENCES jobs (id) ON DELETE CASCADE,
            result TEXT NOT NULL
        )
        """

    private static let keys: SQLStatement = """
        CREATE TABLE idempotency_keys (
            owner TEXT NOT NULL,
            idempotency_key TEXT NOT NULL,
            job_id TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
            fingerprint TEXT NOT NULL,
            expires_at BIGINT NOT NULL,
            PRIMARY KEY (owner, idempotency_key)
        )
        """

    private static let indexes: [SQLStatement] = [
        // The claim's order, and all that the position in the queue needs.
        """
        CREATE INDEX jobs_waiting ON jobs (due_at, id, available_at, priority_class, words) WHERE state = 'queued'
        """,
        "CREATE INDEX jobs_leases ON jobs (lease_until, id) WHERE state = 'processing'",
        // Lists and their filters, and counts by state and class, without reading the table.
        "CREATE INDEX jobs_of_owner ON jobs (owner, submitted_at, id, state, priority_class)",
        "CREATE INDEX jobs_retained ON jobs (retain_until, id) WHERE retain_until IS NOT NULL",
        "CREATE INDEX jobs_dead ON jobs (dead_lettered_at, id) WHERE dead_lettered_at IS NOT NULL",
        "CREATE INDEX idempotency_keys_of_job ON idempotency_keys (job_id)",
        "CREATE INDEX idempotency_keys_expiry ON idempotency_keys (expires_at)",
    ]
}
