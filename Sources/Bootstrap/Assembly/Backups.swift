internal import Environment
internal import Foundation
internal import Storage

/// Copies of an installation's database.
package enum Backups {
    /// Copies the database to a file, consistent though the server may write meanwhile.
    /// - Returns: the size of the copy in bytes.
    /// - Throws: `ConfigurationError` for a file that is there or cannot be made, `StorageError`.
    package static func backUp(_ settings: SettingValues, to file: String, replacing: Bool) async throws -> Int {
        let manager = FileManager.default
        guard replacing || !manager.fileExists(atPath: file) else {
            throw ConfigurationError(problems: ["'\(file)' is there already, expected a new file, or --force."])
        }
        let installation = try await Installation.open(settings)
        guard let database = installation.database as? SQLiteDatabase else {
            throw ConfigurationError(problems: ["Only SQLite is backed up here; use PostgreSQL's own 'pg_dump'."])
        }
        // Beside its final name, so that a copy that breaks off never looks like a whole one.
        let partial = file + ".partial"
        try? manager.removeItem(atPath: partial)
        do {
            try await database.backUp(to: partial)
            guard rename(partial, file) == 0 else {
                throw ConfigurationError(problems: ["'\(file)' cannot be written: \(String(cString: strerror(errno)))."]
                )
            }
        } catch {
            try? manager.removeItem(atPath: partial)
            throw error
        }
        return (try? manager.attributesOfItem(atPath: file)[.size] as? Int) ?? 0
    }

    /// Puts a backup in the database's place; the present one is kept beside it.
    /// - Throws: `ConfigurationError` for a file that is no backup of this program; `StorageError` while a server runs.
    package static func restore(_ settings: SettingValues, from file: String) async throws {
        let manager = FileManager.default
        let folder = try DataFolder(settings(Settings.dataFolder))
        guard case .sqlite(let path) = try DatabaseChoice(settings, folder) else {
            throw ConfigurationError(problems: ["Only SQLite is restored here; use PostgreSQL's own 'pg_restore'."])
        }
        guard manager.fileExists(atPath: file) else {
            throw ConfigurationError(problems: ["There is no file '\(file)', expected a backup."])
        }
        let candidate = path + ".restoring"
        try? manager.removeItem(atPath: candidate)
        try manager.copyItem(atPath: file, toPath: candidate)
        do {
            let database = try SQLiteDatabase(path: candidate)
            try await database.checkIntegrity()
            try await Migrator(Schema.migrations).migrate(database, at: .now())
            try await database.close()
        } catch {
            try? manager.removeItem(atPath: candidate)
            throw ConfigurationError(problems: ["'\(file)' is no backup that can be restored: \(error)"])
        }
        if manager.fileExists(atPath: path) {
            let present = try SQLiteDatabase(path: path)
            // Fails while another process has it open: nothing is taken from under a server.
            try await present.closeExclusively()
            let kept = path + ".before-restore"
            try? manager.removeItem(atPath: kept)
            try manager.moveItem(atPath: path, toPath: kept)
        }
        for ending in ["-wal", "-shm"] { try? manager.removeItem(atPath: candidate + ending) }
        try manager.moveItem(atPath: candidate, toPath: path)
    }
}
