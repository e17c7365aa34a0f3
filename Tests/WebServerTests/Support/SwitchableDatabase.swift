import Storage
import Synchronization

/// A database that works until a test says otherwise.
final class SwitchableDatabase: Database {
    enum Condition: Sendable {
        case working
        /// Reads work, writes find no room.
        case full
        case unreachable
    }

    private let database: SQLiteDatabase
    private let state = Mutex(Condition.working)

    init(_ database: SQLiteDatabase) { self.database = database }

    var condition: Condition {
        get { state.withLock { $0 } }
        set { state.withLock { $0 = newValue } }
    }

    var dialect: SQLDialect { database.dialect }

    func write<T: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> T) async throws -> T {
        switch condition {
        case .working: return try await database.write(body)
        case .full: throw StorageError(.storageFull, "There is no room.")
        case .unreachable: throw StorageError(.unavailable, "There is no database.")
        }
    }

    func read<T: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> T) async throws -> T {
        guard condition != .unreachable else { throw StorageError(.unavailable, "There is no database.") }
        return try await database.read(body)
    }

    func close() async throws { try await database.close() }
}
