/// The workers that share the database.
enum WorkerSchema {
    static let version1: [SQLStatement] = [
        """
        CREATE TABLE workers (
            name TEXT NOT NULL PRIMARY KEY,
            classes TEXT NOT NULL,
            languages TEXT,
            concurrency BIGINT NOT NULL CHECK (concurrency >= 1),
            running_jobs BIGINT NOT NULL CHECK (running_jobs >= 0),
            started_at BIGINT NOT NULL,
            seen_at BIGINT NOT NULL
        )
        """,
        "CREATE INDEX workers_seen ON workers (seen_at)",
    ]
}
