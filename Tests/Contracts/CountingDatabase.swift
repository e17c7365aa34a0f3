package import Storage
internal import Synchronization

/// A database that counts what it is asked.
package final class CountingDatabase: Database {
    private let database: any Database
    private let counts = Mutex((reads: 0, writes: 0))

    package init(_ database: any Database) { self.database = database }

    /// Transactions so far.
    package var reads: Int { counts.withLock { $0.reads } }
    package var writes: Int { counts.withLock { $0.writes } }

    package var dialect: SQLDialect { database.dialect }

    package func write<T: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> T) async throws -> T {
        counts.withLock { $0.writes += 1 }
        return try await database.write(body)
    }

    package func read<T: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> T) async throws -> T {
        counts.withLock { $0.reads += 1 }
        return try await database.read(body)
    }

    package func close() async throws { try await database.close() }
}
