package import Environment
package import Storage

/// Brings the schema of an installation's database up to date.
package enum SchemaMigration {
    /// The steps that `run` would take. Changes nothing.
    /// - Throws: `InstallationError` where there is no database, `ConfigurationError`, `StorageError`.
    package static func pending(_ settings: SettingValues) async throws -> [Migration] {
        try await withDatabase(settings, .live, mayMake: false) { try await Migrator(Schema.migrations).pending($0) }
    }

    /// Takes the steps that are missing, and returns them. Any number of processes may do so at once.
    /// - Parameter mayMake: whether a database that is not there, or in which nothing is, is made one of an installation.
    /// - Throws: `InstallationError` where there is none and none may be made, `ConfigurationError`, `StorageError`.
    @discardableResult
    package static func run(
        _ settings: SettingValues,
        environment: ServiceEnvironment = .live,
        mayMake: Bool = true
    ) async throws -> [Migration] {
        try await withDatabase(settings, environment, mayMake: mayMake) { database in
            let migrator = try Migrator(Schema.migrations)
            if !mayMake, try await migrator.pending(database).count == migrator.migrations.count {
                throw InstallationError(
                    .missing,
                    """
                    There is nothing of Dragoman in the database, expected that of a server. Check database_url \
                    ('dragoman config'); 'dragoman serve' and 'dragoman migrate' prepare one.
                    """
                )
            }
            return try await migrator.migrate(database, at: environment.now())
        }
    }

    private static func withDatabase<T>(
        _ settings: SettingValues,
        _ environment: ServiceEnvironment,
        mayMake: Bool,
        _ body: (any Database) async throws -> T
    ) async throws -> T {
        let choice = DatabaseChoice(settings, try DataFolder(settings(Settings.dataFolder), mayMake: mayMake))
        if !mayMake { try choice.requireFile() }
        let database = try await choice.open(settings, environment, isMigrating: true)
        do {
            let result = try await body(database)
            try await database.close()
            return result
        } catch {
            try? await database.close()
            throw error
        }
    }
}
