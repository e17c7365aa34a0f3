package import Environment

/// Brings a database's schema up to date, forward only.
///
/// Each step is one transaction and is recorded in `schema_migrations`. Any number of processes may start at once: each
/// step is taken by one of them.
package struct Migrator: Sendable {
    package let migrations: [Migration]

    /// - Throws: `.schema` unless the numbers are 1, 2, 3, ….
    package init(_ migrations: [Migration]) throws {
        for (index, migration) in migrations.enumerated() where migration.number != index + 1 {
            throw StorageError(
                .schema,
                "Migration '\(migration.name)' has the number '\(migration.number)', expected '\(index + 1)'."
            )
        }
        self.migrations = migrations
    }

    /// The steps that `migrate` would take. Changes nothing.
    /// - Throws: as `migrate`.
    package func pending(_ database: any Database) async throws -> [Migration] {
        let (migrations, dialect) = (migrations, database.dialect)
        return try await database.read { connection in
            let isNew = try connection.query(dialect.existence(ofTable: "schema_migrations")).isEmpty
            let taken = isNew ? [] : try Self.taken(connection)
            try Self.check(taken, migrations)
            return Array(migrations.dropFirst(taken.count))
        }
    }

    /// Takes the steps that are missing.
    /// - Returns: the steps this call took.
    /// - Throws: `StorageError` `.schema` if a step was changed since it was taken, or the database is newer than this
    ///   program; nothing is changed then.
    @discardableResult
    package func migrate(_ database: any Database, at time: Timestamp = .now()) async throws -> [Migration] {
        var taken: [Migration] = []
        while let migration = try await takeNextStep(database, time) { taken.append(migration) }
        return taken
    }

    private func takeNextStep(_ database: any Database, _ time: Timestamp) async throws -> Migration? {
        let (migrations, dialect) = (migrations, database.dialect)
        // What others did before the lock was ours must be seen: statement by statement, not as it was at the
        // beginning.
        return try await database.write(.perStatement) { connection -> Migration? in
            if let lock = dialect.migrationLock { _ = try connection.query(lock) }
            try connection.execute(Self.table)
            let taken = try Self.taken(connection)
            try Self.check(taken, migrations)
            guard let next = migrations.dropFirst(taken.count).first else { return nil }
            for statement in next.statements { try connection.execute(statement) }
            try connection.execute(
                """
                INSERT INTO schema_migrations (number, name, checksum, taken_at)
                VALUES (\(next.number), \(next.name), \(next.checksum), \(time))
                """
            )
            return next
        }
    }

    private static let table: SQLStatement = """
        CREATE TABLE IF NOT EXISTS schema_migrations (
            number BIGINT NOT NULL PRIMARY KEY,
            name TEXT NOT NULL,
            checksum TEXT NOT NULL,
            taken_at BIGINT NOT NULL
        )
        """

    private static func taken(_ connection: any SQLConnection) throws -> [(name: String, checksum: String)] {
        try connection.query("SELECT name, checksum FROM schema_migrations ORDER BY number")
            .map { (try $0.text("name"), try $0.text("checksum")) }
    }

    private static func check(_ taken: [(name: String, checksum: String)], _ migrations: [Migration]) throws {
        guard taken.count <= migrations.count else {
            throw StorageError(
                .schema,
                "The database has '\(taken.count)' migrations, this program knows '\(migrations.count)'. Run a newer version."
            )
        }
        for (record, migration) in zip(taken, migrations)
        where record.name != migration.name || record.checksum != migration.checksum {
            throw StorageError(
                .schema,
                """
                Migration '\(migration.number)' was taken as '\(record.name)' (\(record.checksum)), this program has \
                '\(migration.name)' (\(migration.checksum)). Run the version that made the database, or a newer one.
                """
            )
        }
    }
}
