internal import Blobs
internal import Environment
internal import Foundation
internal import Storage

/// Copies of an installation's database.
package enum Backups {
    /// Copies the database to a file, or to an object store, consistent though the server may write meanwhile.
    /// - Parameters:
    ///   - place: a file, or `s3://bucket/prefix`, where the copy gets a name that tells the time.
    ///   - replacing: whether a file that is there may be replaced.
    ///   - count: of the copies in an object store, how many of the newest are kept; nil: all.
    /// - Returns: where the copy is, and its size in bytes.
    /// - Throws: `InstallationError` for what is not there or a file that cannot be made, `ConfigurationError` for a place
    ///   that cannot be used, `StorageError`.
    package static func backUp(
        _ settings: SettingValues,
        to place: String,
        replacing: Bool = false,
        keeping count: Int? = nil
    ) async throws -> (place: String, bytes: Int) {
        guard ObjectStore.isPlace(place) else {
            return (place, try await backUp(settings, toFile: place, replacing: replacing))
        }
        return try await withTemporaryFile(settings, mayMake: false) { file in
            _ = try await backUp(settings, toFile: file, replacing: true)
            return try await ObjectStore.with(settings, place) { backups in
                let copy = try await backups.upload(file)
                if let count { try await backups.removeOld(keeping: count) }
                return (place + "/" + copy.name.description, copy.size)
            }
        }
    }

    /// Runs `body` with the name of a file in the data folder, which is removed afterwards.
    private static func withTemporaryFile<T>(
        _ settings: SettingValues,
        mayMake: Bool,
        _ body: (String) async throws -> T
    ) async throws -> T {
        let folder = try DataFolder(settings(Settings.dataFolder), mayMake: mayMake)
        let file = "\(folder.path)/backup-\(UUID().uuidString).sqlite"
        defer { try? FileManager.default.removeItem(atPath: file) }
        return try await body(file)
    }

    private static func backUp(_ settings: SettingValues, toFile file: String, replacing: Bool) async throws -> Int {
        let manager = FileManager.default
        guard replacing || !manager.fileExists(atPath: file) else {
            throw InstallationError(.cannotCreate, "'\(file)' is there already, expected a new file, or --force.")
        }
        let installation = try await Installation.open(settings)
        guard let database = installation.database as? SQLiteDatabase else {
            throw InstallationError(.impossible, "Only SQLite is backed up here; use PostgreSQL's own 'pg_dump'.")
        }
        // Beside its final name, so that a copy that breaks off never looks like a whole one.
        let partial = file + ".partial"
        try? manager.removeItem(atPath: partial)
        do {
            try await database.backUp(to: partial)
            guard rename(partial, file) == 0 else {
                let reason = String(cString: strerror(errno))
                throw InstallationError(.cannotCreate, "'\(file)' cannot be written: \(reason).")
            }
        } catch {
            try? manager.removeItem(atPath: partial)
            throw error
        }
        return (try? manager.attributesOfItem(atPath: file)[.size] as? Int) ?? 0
    }

    /// Puts a backup in the database's place; the present one is kept beside it.
    /// - Parameter place: a file, or `s3://bucket/prefix/NAME`.
    /// - Throws: `InstallationError` for what is not there or no backup of this program; `StorageError` while a server
    ///   runs; `ConfigurationError`.
    package static func restore(_ settings: SettingValues, from place: String) async throws {
        guard ObjectStore.isPlace(place) else { return try await restore(settings, fromFile: place) }
        guard let slash = place.lastIndex(of: "/"), place.hasSuffix(".sqlite") else {
            throw InstallationError(
                .impossible,
                "'\(place)' names no backup, expected one such as s3://bucket/prefix/20260131-120000-0a1b2c3d.sqlite."
            )
        }
        try await withTemporaryFile(settings, mayMake: true) { file in
            try await ObjectStore.with(settings, String(place[..<slash])) { backups in
                _ = try await backups.download(try BlobName(String(place[slash...].dropFirst())), to: file)
            }
            try await restore(settings, fromFile: file)
        }
    }

    private static func restore(_ settings: SettingValues, fromFile file: String) async throws {
        let manager = FileManager.default
        guard manager.fileExists(atPath: file) else {
            throw InstallationError(.missing, "There is no file '\(file)', expected a backup ('dragoman backup').")
        }
        let folder = try DataFolder(settings(Settings.dataFolder), mayMake: true)
        guard case .sqlite(let path) = DatabaseChoice(settings, folder) else {
            throw InstallationError(.impossible, "Only SQLite is restored here; use PostgreSQL's own 'pg_restore'.")
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
            throw InstallationError(.damaged, "'\(file)' is no backup that can be restored: \(error)")
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
