/// What is kept of jobs that have ended: numbers, which outlive the jobs themselves.
///
/// Nobody counts rows of `jobs`: an end is noted in `job_endings` in the transaction that brings it about, a row of its own
/// so that nobody waits for anybody's, and added to the sums a moment later.
enum StatisticsSchema {
    static let version1: [SQLStatement] =
        [endings, days, totals] + history
        + [
            // What keeps texts no longer has no reason to stay.
            """
            UPDATE jobs SET retain_until = texts_erased_at
            WHERE texts_erased_at IS NOT NULL AND ended_at IS NOT NULL AND retain_until IS NULL
            """,
            "DROP INDEX jobs_of_owner",
            // Lists, and their filter.
            "CREATE INDEX jobs_of_owner ON jobs (owner, submitted_at, id)",
            "CREATE INDEX jobs_of_owner_in_state ON jobs (owner, state, submitted_at, id)",
            // Whose jobs wait. With the state, or SQLite takes the index of all jobs for the better one.
            "CREATE INDEX jobs_waiting_of_owner ON jobs (owner, state) WHERE state = 'queued'",
        ]

    /// Ends, and with negative numbers what takes them back, until they are part of the sums.
    private static let endings: SQLStatement = """
        CREATE TABLE job_endings (
            job_id TEXT NOT NULL,
            revision BIGINT NOT NULL,
            owner TEXT NOT NULL,
            day BIGINT NOT NULL,
            source_language TEXT NOT NULL,
            target_language TEXT NOT NULL,
            priority_class TEXT NOT NULL,
            state TEXT NOT NULL,
            jobs BIGINT NOT NULL,
            words BIGINT NOT NULL,
            processing BIGINT NOT NULL,
            in_time BIGINT NOT NULL,
            PRIMARY KEY (job_id, revision)
        )
        """

    /// Sums by owner and day of submission; those of everybody have the owner '', which no job has.
    private static let days: SQLStatement = """
        CREATE TABLE job_days (
            owner TEXT NOT NULL,
            day BIGINT NOT NULL,
            source_language TEXT NOT NULL,
            target_language TEXT NOT NULL,
            priority_class TEXT NOT NULL,
            state TEXT NOT NULL,
            jobs BIGINT NOT NULL,
            words BIGINT NOT NULL,
            processing BIGINT NOT NULL,
            in_time BIGINT NOT NULL,
            PRIMARY KEY (owner, day, source_language, target_language, priority_class, state)
        )
        """

    /// All that ever ended.
    private static let totals: SQLStatement = """
        CREATE TABLE job_totals (
            state TEXT NOT NULL,
            priority_class TEXT NOT NULL,
            jobs BIGINT NOT NULL,
            PRIMARY KEY (state, priority_class)
        )
        """

    /// The sums of what ended before there were any.
    private static let history: [SQLStatement] = [
        """
        INSERT INTO job_days
        SELECT owner, submitted_at / 86400000000, source_language, target_language, priority_class, state, COUNT(*),
            CAST(SUM(words) AS BIGINT), CAST(SUM(COALESCE(ended_at - started_at, 0)) AS BIGINT),
            CAST(SUM(CASE WHEN state = 'completed' AND ended_at - submitted_at <=
                CASE priority_class WHEN 'CRITICAL' THEN 30000000 WHEN 'HIGH' THEN 120000000 ELSE 600000000 END
                THEN 1 ELSE 0 END) AS BIGINT)
        FROM jobs WHERE ended_at IS NOT NULL
        GROUP BY owner, submitted_at / 86400000000, source_language, target_language, priority_class, state
        """,
        """
        INSERT INTO job_days
        SELECT '', day, source_language, target_language, priority_class, state, CAST(SUM(jobs) AS BIGINT),
            CAST(SUM(words) AS BIGINT), CAST(SUM(processing) AS BIGINT), CAST(SUM(in_time) AS BIGINT)
        FROM job_days GROUP BY day, source_language, target_language, priority_class, state
        """,
        """
        INSERT INTO job_totals
        SELECT state, priority_class, CAST(SUM(jobs) AS BIGINT) FROM job_days WHERE owner = ''
        GROUP BY state, priority_class
        """,
    ]
}
