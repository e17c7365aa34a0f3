internal import Environment
internal import Foundation
internal import GRDB
internal import JobSystem

/// One SQLite file: a writer and several readers beside it (WAL), every commit flushed to the disk (`synchronous=FULL`).
///
/// **Group commit.** Writes that arrive while another commits are run as one transaction, each in a savepoint of its own,
/// and share one flush; a write that fails undoes its own work only. At low load nothing waits for company.
///
/// **Full disk.** The writes concerned fail with `.storageFull`, reads go on, and the next write after room was made
/// succeeds. **Contention.** Several processes may share the file; a writer waits up to `busyTimeout` for another.
package final class SQLiteDatabase: Database {
    package struct Configuration: Sendable {
        /// Connections that read at the same time.
        package var readers = 4
        /// How long to wait for a writer of another process.
        package var busyTimeout = Duration.seconds(5)
        /// Writes that may wait; more are refused with `.busy`.
        package var waitingWrites = 10_000
        /// Writes that share a transaction, at most.
        package var groupSize = 256
        /// Largest size of the database file in bytes; 0: no limit but the disk.
        package var maximumBytes: Int64 = 0
        /// Whether a commit is on the disk when it returns. Otherwise a power failure may take the last ones away, and
        /// nothing else.
        package var isDurable = true

        package init() {}
    }

    package let dialect = SQLDialect.sqlite
    /// The file.
    package let path: String
    let pool: DatabasePool
    private let writer: GroupCommit

    /// Opens the file, creating it with mode 0600 if it is missing.
    /// - Throws: `.unavailable`, `.corrupt`, `.busy`, `.storageFull`.
    package init(path: String, configuration: Configuration = Configuration()) throws {
        self.path = path
        do {
            let isNew = try Self.createPrivately(path)
            pool = try DatabasePool(path: path, configuration: Self.driverConfiguration(configuration, isNew: isNew))
            try pool.writeWithoutTransaction { connection in
                // The driver's own choice for WAL is NORMAL, which may lose the last commits when the power fails.
                if configuration.isDurable { try connection.execute(sql: "PRAGMA synchronous = FULL") }
                // What savepoints and RETURNING put aside is small and gone with the transaction.
                try connection.execute(sql: "PRAGMA temp_store = MEMORY")
            }
        } catch {
            throw StorageError(sqlite: error, path: path)
        }
        writer = GroupCommit(pool: pool, path: path, configuration: configuration)
        try setMaximumBytes(configuration.maximumBytes)
    }

    package func write<T: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> T) async throws -> T {
        var triesLeft = 5
        while true {
            triesLeft -= 1
            do {
                return try await withCheckedThrowingContinuation { continuation in
                    writer.enqueue(PendingWrite(body: body, continuation: continuation))
                }
            } catch let error as StorageError where error.code == .serialization && triesLeft > 0 {}
        }
    }

    package func read<T: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> T) async throws -> T {
        do {
            return try await pool.read { try body(SQLiteConnection(connection: $0)) }
        } catch let error as DatabaseError {
            throw StorageError(sqlite: error, path: path)
        }
    }

    package func close() async throws {
        do {
            try await writer.close()
            try pool.close()
        } catch {
            throw StorageError(sqlite: error, path: path)
        }
    }

    /// Limits the size of the file from now on; 0: no limit but the disk. A limit below the present size refuses growth.
    package func setMaximumBytes(_ bytes: Int64) throws {
        do {
            try pool.writeWithoutTransaction { connection in
                let pageSize = try Int64.fetchOne(connection, sql: "PRAGMA page_size") ?? 4096
                let pages = bytes <= 0 ? Int64(UInt32.max - 1) : max(1, bytes / pageSize)
                _ = try Int64.fetchOne(connection, sql: "PRAGMA max_page_count = \(pages)")
            }
        } catch {
            throw StorageError(sqlite: error, path: path)
        }
    }

    /// SQLite gives its side files the mode of the main one.
    /// - Returns: whether there was no file.
    private static func createPrivately(_ path: String) throws -> Bool {
        guard !FileManager.default.fileExists(atPath: path) else { return false }
        guard FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600]) else {
            throw StorageError(
                .unavailable,
                "The database '\(path)' cannot be created; expected a folder that is writable."
            )
        }
        return true
    }

    private static func driverConfiguration(_ configuration: Configuration, isNew: Bool) -> GRDB.Configuration {
        var driver = GRDB.Configuration()
        driver.busyMode = .timeout(Double(configuration.busyTimeout.wholeMicroseconds) / 1_000_000)
        driver.maximumReaderCount = max(1, configuration.readers)
        driver.label = "storage"
        if isNew {
            // For `giveBackSpace`. Must come before anything is in the file, and the first connection is the writer.
            driver.prepareDatabase { connection in
                guard !connection.configuration.readonly else { return }
                try connection.execute(sql: "PRAGMA auto_vacuum = INCREMENTAL")
            }
        }
        return driver
    }
}
