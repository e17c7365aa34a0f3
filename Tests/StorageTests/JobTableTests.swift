import Contracts
import Environment
import JobSystem
import Storage
import Testing

/// The table itself refuses rows that the rules forbid, whoever writes them.
struct JobTableTests {
    static let illegal: [SQLStatement] = [
        "state = 'done'",
        "state = 'processing'",
        "state = 'completed'",
        "state = 'failed', attempt = 1, started_at = 1, ended_at = 1",
        "lease_until = 5",
        "worker = 'w'",
        "worker = 'w', lease_until = 5",
        "ended_at = 5",
        "retain_until = 5",
        "attempt = 1",
        "attempt = -1",
        "failures = 1",
        "crashes = 1",
        "crashes = -1",
        "score = 70",
        "score = 101, priority_class = 'CRITICAL'",
        "priority_class = 'URGENT'",
        "segments_done = 2",
        "segments_done = -1",
        "words = -1",
        "retention = -1",
        "dead_lettered_at = 5",
        "failure_code = 'x'",
        "failure_message = 'x'",
        "owner = ''",
        "id = 'short'",
        "state = NULL",
        """
        state = 'completed', attempt = 1, started_at = 1, ended_at = 1,
        failure_code = 'x', failure_message = 'x', failure_retryable = 0
        """,
    ]

    @Test(arguments: illegal)
    func anIllegalRowIsRefused(_ change: SQLStatement) async throws {
        try await withTwoDatabases { database, _ in
            let store = SQLJobStore(database)
            let job = try await store.submit(SampleJobs.submission(at: ManualTime.start)).job
            let error = await #expect(throws: StorageError.self) {
                try await database.write { connection in
                    _ = try connection.execute("UPDATE jobs SET \(change) WHERE id = \(job.id)")
                }
            }
            #expect(error?.code == .constraint)
            #expect(try await store.job(job.id) == job)
        }
    }

    @Test func aSecondResultIsRefused() async throws {
        try await withTwoDatabases { database, _ in
            let store = SQLJobStore(database)
            let job = try await store.submit(SampleJobs.submission(at: ManualTime.start)).job
            let insert: SQLStatement = "INSERT INTO job_results (job_id, result) VALUES (\(job.id), '{}')"
            try await database.write { _ = try $0.execute(insert) }
            await #expect(throws: StorageError.self) { try await database.write { _ = try $0.execute(insert) } }
        }
    }

    @Test(
        arguments: [
            (
                "SELECT id FROM jobs WHERE state = 'queued' AND available_at <= 9 ORDER BY due_at, id LIMIT 4",
                "jobs_waiting"
            ),
            ("SELECT words FROM jobs WHERE state = 'queued' AND (due_at, id) < (5, 'x') LIMIT 9", "jobs_waiting"),
            (
                """
                SELECT id FROM jobs WHERE state = 'queued' AND available_at <= 9 AND NOT (crashes >= 2)
                ORDER BY due_at, id LIMIT 4
                """, "jobs_waiting"
            ),
            (
                """
                SELECT id FROM jobs WHERE state = 'queued' AND available_at <= 9 AND crashes >= 2
                ORDER BY due_at, id LIMIT 1
                """, "jobs_apart"
            ),
            (
                "SELECT * FROM jobs WHERE state = 'processing' AND lease_until < 5 ORDER BY lease_until, id",
                "jobs_leases"
            ),
            (
                """
                SELECT * FROM jobs WHERE owner = 'a' AND state = 'failed' AND (submitted_at, id) < (5, 'x')
                ORDER BY submitted_at DESC, id DESC LIMIT 9
                """, "jobs_of_owner_in_state"
            ),
            (
                """
                SELECT * FROM jobs WHERE owner = 'a' AND (submitted_at, id) < (5, 'x')
                ORDER BY submitted_at DESC, id DESC LIMIT 9
                """, "jobs_of_owner"
            ),
            ("SELECT owner, COUNT(*) FROM jobs WHERE state = 'queued' GROUP BY owner", "jobs_waiting_of_owner"),
            (
                """
                SELECT id FROM webhook_deliveries WHERE state = 'pending' AND owner = 'a' AND next_at <= 5
                ORDER BY next_at, id LIMIT 2
                """, "webhook_deliveries_due"
            ),
            (
                "SELECT id FROM jobs WHERE retain_until IS NOT NULL AND retain_until <= 5 ORDER BY retain_until, id",
                "jobs_retained"
            ),
        ] as [(SQLStatement, String)]
    )
    func frequentQueriesUseTheirIndex(_ statement: SQLStatement, _ index: String) async throws {
        try await withTwoDatabases { database, _ in
            let plan = try await database.read { connection in
                try connection.query("EXPLAIN QUERY PLAN \(statement)").map { try $0.text("detail") }
            }
            #expect(plan.contains { $0.contains(index) }, "\(plan)")
            if "\(statement)".contains("ORDER BY") { #expect(!plan.contains { $0.contains("B-TREE") }, "\(plan)") }
        }
    }
}
