package import Environment
package import JobSystem

/// Who works on the jobs of this database. In the database, and not in Redis, as every installation has one, and one small
/// write of each worker every few seconds is nothing to it. Thread-safe, and shared by any number of processes.
package struct SQLWorkerRegistry: Sendable {
    private let database: any Database

    /// - Parameter database: migrated to the present `Schema`.
    package init(_ database: any Database) { self.database = database }

    /// Says that a worker is there, and forgets those that have been silent for longer than `WorkerRecord.patience`.
    /// - Throws: `StorageError`.
    package func announce(_ worker: WorkerRecord) async throws {
        let classes = worker.classes.map(\.rawValue).sorted().joined(separator: " ")
        let languages = worker.languages.map(Self.text)
        try await database.write(.perStatement) { connection in
            try connection.execute(
                """
                INSERT INTO workers (name, classes, languages, concurrency, running_jobs, started_at, seen_at)
                VALUES (\(worker.name), \(classes), \(languages), \(worker.concurrency), \(worker.runningJobs), \
                \(worker.startedAt), \(worker.seenAt))
                ON CONFLICT (name) DO UPDATE SET
                    classes = excluded.classes, languages = excluded.languages, concurrency = excluded.concurrency,
                    running_jobs = excluded.running_jobs, started_at = excluded.started_at, seen_at = excluded.seen_at
                """
            )
            try connection.execute(
                "DELETE FROM workers WHERE seen_at < \(worker.seenAt + (.zero - WorkerRecord.patience))"
            )
        }
    }

    /// Forgets a worker that ends.
    /// - Throws: `StorageError`.
    package func remove(_ name: String) async throws {
        _ = try await database.write(.perStatement) { try $0.execute("DELETE FROM workers WHERE name = \(name)") }
    }

    /// Those that have been heard of lately, by name; at most 10,000.
    /// - Throws: `StorageError`.
    package func workers(at time: Timestamp) async throws -> [WorkerRecord] {
        try await database.read { connection in
            try connection.query(
                """
                SELECT name, classes, languages, concurrency, running_jobs, started_at, seen_at FROM workers
                WHERE seen_at >= \(time + (.zero - WorkerRecord.patience)) ORDER BY name LIMIT 10000
                """
            ).map(Self.record)
        }
    }

    // MARK: Texts

    /// Blocks as `en,fr>es,hi de>en`; none of these signs occurs in a language's code.
    private static func text(_ languages: LanguageCoverage) -> String {
        languages.blocks.map { $0.sources.joined(separator: ",") + ">" + $0.targets.joined(separator: ",") }
            .joined(separator: " ")
    }

    private static func languages(_ text: String) -> LanguageCoverage {
        let pairs = text.split(separator: " ").flatMap { block -> [JobLanguages] in
            let sides = block.split(separator: ">").map { $0.split(separator: ",").map(String.init) }
            guard sides.count == 2 else { return [] }
            return sides[0].flatMap { source in
                sides[1].filter { $0 != source }.map { JobLanguages(source: source, target: $0) }
            }
        }
        return LanguageCoverage(pairs)
    }

    private static func record(_ row: SQLRow) throws -> WorkerRecord {
        let classes = try row.text("classes").split(separator: " ").compactMap { PriorityClass(rawValue: String($0)) }
        let languages = try row.optionalText("languages").map(Self.languages)
        return WorkerRecord(
            name: try row.text("name"),
            classes: Set(classes),
            languages: languages,
            concurrency: try row.count("concurrency"),
            runningJobs: try row.count("running_jobs"),
            startedAt: try row.time("started_at"),
            seenAt: try row.time("seen_at")
        )
    }
}
