internal import Foundation
internal import GRDB

/// Copies of the file.
extension SQLiteDatabase {
    /// Copies the database into a new file, by SQLite's online backup: consistent, while others read and write.
    /// - Throws: `StorageError`.
    package func backUp(to path: String) async throws {
        do {
            let copy = try DatabaseQueue(path: path)
            try pool.backup(to: copy)
            // The copy is one file, without a log beside it.
            try await copy.writeWithoutTransaction { try $0.execute(sql: "PRAGMA journal_mode = DELETE") }
            try copy.close()
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        } catch {
            throw StorageError(sqlite: error, path: path)
        }
    }

    /// Has SQLite look through the whole file.
    /// - Throws: `.corrupt` for a damaged file.
    package func checkIntegrity() async throws {
        let answer: String?
        do {
            answer = try await pool.read { try String.fetchOne($0, sql: "PRAGMA integrity_check(1)") }
        } catch {
            throw StorageError(sqlite: error, path: path)
        }
        guard answer == "ok" else { throw StorageError(.corrupt, "The database '\(path)' is damaged.") }
    }

    /// Closes the database and its log, if no other process has it open.
    /// - Throws: `.busy` if one has.
    package func closeExclusively() async throws {
        do {
            // Leaving the log behind needs the file alone.
            try await pool.writeWithoutTransaction { connection in
                guard try String.fetchOne(connection, sql: "PRAGMA journal_mode = DELETE") == "delete" else {
                    throw DatabaseError(resultCode: .SQLITE_BUSY)
                }
            }
        } catch {
            throw StorageError(
                .busy,
                "The database '\(path)' is in use by another process, expected the server to be stopped.",
                cause: error
            )
        }
        try await close()
    }
}
