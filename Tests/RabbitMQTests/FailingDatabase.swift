import Storage
import Synchronization

/// A database that fails when told to.
final class FailingDatabase: Database {
    let isFailing = Mutex(false)
    private let database: any Database

    init(_ database: any Database) { self.database = database }

    var dialect: SQLDialect { database.dialect }

    func write<T: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> T) async throws -> T {
        try await write(.serial, body)
    }

    func write<T: Sendable>(
        _ isolation: TransactionIsolation,
        _ body: @escaping @Sendable (any SQLConnection) throws -> T
    ) async throws -> T {
        guard !isFailing.withLock({ $0 }) else { throw StorageError(.unavailable, "The database is away.") }
        return try await database.write(isolation, body)
    }

    func read<T: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> T) async throws -> T {
        try await database.read(body)
    }

    func close() async throws { try await database.close() }
}
