internal import Environment
internal import Foundation
internal import Logging
internal import PostgreSQL
internal import Storage

/// Where an installation's data is, as `database_url` says.
package enum DatabaseChoice: Sendable {
    /// A SQLite file of this machine.
    case sqlite(path: String)
    /// A PostgreSQL database, which other machines may share.
    case postgres(url: String)

    /// What the settings say; they hold no address of another kind, nor one that is wrong.
    init(_ settings: SettingValues, _ folder: DataFolder) {
        let text = settings(Settings.databaseURL)
        if text.isEmpty {
            self = .sqlite(path: folder.databasePath)
        } else if PostgresAddress.isAddress(text) {
            self = .postgres(url: text)
        } else {
            let path = text.dropFirst("sqlite:".count)
            self = .sqlite(path: path.hasPrefix("//") ? String(path.dropFirst(2)) : String(path))
        }
    }

    /// Refuses where there is no file, which opening it would make. Whether there is a PostgreSQL database shows when it is
    /// opened.
    /// - Throws: `InstallationError`.
    func requireFile() throws {
        guard case .sqlite(let path) = self, !FileManager.default.fileExists(atPath: path) else { return }
        throw InstallationError(
            .missing,
            """
            There is no database '\(path)', expected that of a server. Check data_dir and database_url ('dragoman \
            config'); 'dragoman serve' and 'dragoman migrate' make one.
            """
        )
    }

    /// The address of PostgreSQL; nil for a file.
    var postgres: PostgresAddress? {
        get throws {
            guard case .postgres(let url) = self else { return nil }
            return try Self.address(url)
        }
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
