package import Storage
internal import Synchronization

/// A database that works until a test says otherwise.
package final class SwitchableDatabase: Database {
    package enum Condition: Sendable {
        case working
        /// Reads work, writes find no room.
        case full
        case unreachable
    }

    private let database: SQLiteDatabase
    private let state = Mutex(Condition.working)

    package init(_ database: SQLiteDatabase) { self.database = database }

    package var condition: Condition {
        get { state.withLock { $0 } }
        set { state.withLock { $0 = newValue } }
    }

    package var dialect: SQLDialect { database.dialect }

    package func write<T: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> T) async throws -> T {
        switch condition {
        case .working: return try await database.write(body)
        case .full: throw StorageError(.storageFull, "There is no room.")
        case .unreachable: throw StorageError(.unavailable, "There is no database.")
        }
    }

    package func read<T: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> T) async throws -> T {
        guard condition != .unreachable else { throw StorageError(.unavailable, "There is no database.") }
        return try await database.read(body)
    }

    package func close() async throws { try await database.close() }
}
