package import Environment
package import Storage

/// Brings the schema of an installation's database up to date.
package enum SchemaMigration {
    /// The steps that `run` would take. Changes nothing; a SQLite file that is missing is made.
    /// - Throws: `ConfigurationError`, `StorageError`.
    package static func pending(_ settings: SettingValues) async throws -> [Migration] {
        try await withDatabase(settings, .live) { try await Migrator(Schema.migrations).pending($0) }
    }

    /// Takes the steps that are missing, and returns them. Any number of processes may do so at once.
    /// - Throws: `ConfigurationError`, `StorageError`.
    @discardableResult
    package static func run(
        _ settings: SettingValues,
        environment: ServiceEnvironment = .live
    ) async throws -> [Migration] {
        try await withDatabase(settings, environment) {
            try await Migrator(Schema.migrations).migrate($0, at: environment.now())
        }
    }

    private static func withDatabase<T>(
        _ settings: SettingValues,
        _ environment: ServiceEnvironment,
        _ body: (any Database) async throws -> T
    ) async throws -> T {
        let choice = try DatabaseChoice(settings, try DataFolder(settings(Settings.dataFolder)))
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
