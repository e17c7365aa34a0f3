import Environment
import Foundation
import JobSystem
import Storage

/// A folder that is gone afterwards.
func withTemporaryFolder<T>(_ body: (String) async throws -> T) async throws -> T {
    let folder = FileManager.default.temporaryDirectory.appending(path: "storage-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try await body(folder.path)
}

/// Two connections to a database of its own, with the present schema or empty.
func withTwoDatabases<T>(
    isMigrated: Bool = true,
    _ body: (SQLiteDatabase, SQLiteDatabase) async throws -> T
) async throws -> T {
    try await withTemporaryFolder { folder in
        let first = try SQLiteDatabase(path: folder + "/db.sqlite")
        if isMigrated { try await Migrator(Schema.migrations).migrate(first) }
        let second = try SQLiteDatabase(path: folder + "/db.sqlite")
        let result = try await body(first, second)
        try await first.close()
        try await second.close()
        return result
    }
}
