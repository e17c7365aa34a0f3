internal import Environment
internal import Logging
internal import PostgreSQL
internal import Storage

/// Where an installation's data is, as `database_url` says.
package enum DatabaseChoice: Sendable {
    /// A SQLite file of this machine.
    case sqlite(path: String)
    /// A PostgreSQL database, which other machines may share.
    case postgres(url: String)

    /// - Throws: `ConfigurationError` for an address of another kind, or one that is wrong.
    init(_ settings: SettingValues, _ folder: DataFolder) throws {
        let text = settings(Settings.databaseURL)
        if text.isEmpty {
            self = .sqlite(path: folder.databasePath)
        } else if text.hasPrefix("sqlite:") {
            let path = text.dropFirst("sqlite:".count)
            self = .sqlite(path: path.hasPrefix("//") ? String(path.dropFirst(2)) : String(path))
        } else if PostgresAddress.isAddress(text) {
            _ = try Self.address(text)
            self = .postgres(url: text)
        } else {
            let scheme = text.prefix { $0 != ":" }.prefix(20)
            throw ConfigurationError(problems: [
                """
                database_url begins with '\(scheme):', expected 'postgres://USER:PASSWORD@HOST/DATABASE', 'sqlite:PATH', \
                or nothing for a file in data_dir.
                """
            ])
        }
    }

    /// The address of PostgreSQL; nil for a file.
    var postgres: PostgresAddress? {
        get throws {
            guard case .postgres(let url) = self else { return nil }
            return try Self.address(url)
        }
    }

    /// Refuses what only makes sense where several processes share a database.
    /// - Throws: `ConfigurationError`.
    func requirePostgres(for setting: String) throws {
        guard try postgres == nil else { return }
        throw ConfigurationError(problems: [
            """
            \(setting) is set and database_url names no PostgreSQL database, expected one: with SQLite there is one process, \
            and nothing to share.
            """
        ])
    }

    private static func address(_ text: String) throws -> PostgresAddress {
        do {
            return try PostgresAddress(text)
        } catch let error as StorageError {
            throw ConfigurationError(problems: ["database_url: \(error.message)"])
        }
    }

    /// The database, with its schema as it is.
    /// - Parameter isMigrating: for statements that may take as long as they like.
    /// - Throws: `StorageError` if it cannot be opened or reached; `ConfigurationError`.
    func open(
        _ settings: SettingValues,
        _ environment: ServiceEnvironment,
        isMigrating: Bool = false
    ) async throws -> any Database {
        switch self {
        case .sqlite(let path): return try SQLiteDatabase(path: path)
        case .postgres(let url):
            var configuration = PostgresDatabase.Configuration()
            configuration.maximumConnections = isMigrating ? 1 : settings(Settings.databasePoolSize)
            if isMigrating { configuration.statementTimeout = .zero }
            let database = PostgresDatabase(
                try Self.address(url),
                configuration: configuration,
                environment: environment,
                logger: Logs.logger(settings)
            )
            try await database.check()
            return database
        }
    }
}
