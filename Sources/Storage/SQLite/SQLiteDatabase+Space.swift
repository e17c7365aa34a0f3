internal import GRDB

/// Pages that nobody uses.
extension SQLiteDatabase {
    /// Shrinks the file by pages that what was deleted has left, in steps between which others write. A tenth of the pages
    /// may be unused, as they will be needed again. Only files that this version made, or that were vacuumed since, can
    /// shrink; in others such pages are used again.
    /// - Parameters:
    ///   - step: pages at a time, of which each may take a millisecond.
    ///   - least: pages for which it is not worth the trouble.
    /// - Returns: by how many pages.
    @discardableResult
    package func giveBackSpace(step: Int = 100, least: Int = 1000) async throws -> Int {
        var given = 0
        while !Task.isCancelled {
            let number: Int
            do {
                number = try await pool.writeWithoutTransaction { try Self.giveBack(step, least, $0) }
            } catch {
                // What is interrupted in the middle of a step is undone, and goes on another time.
                if Task.isCancelled { break }
                throw StorageError(sqlite: error, path: path)
            }
            guard number > 0 else { break }
            given += number
        }
        return given
    }

    private static func giveBack(_ step: Int, _ least: Int, _ connection: GRDB.Database) throws -> Int {
        func number(_ pragma: String) throws -> Int { try Int.fetchOne(connection, sql: "PRAGMA \(pragma)") ?? 0 }
        let unused = try number("freelist_count")
        let excess = try unused - number("page_count") / 10
        guard excess > least else { return 0 }
        try connection.execute(sql: "PRAGMA incremental_vacuum(\(step))")
        return try unused - number("freelist_count")
    }
}
