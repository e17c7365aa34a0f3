package import Environment
internal import Synchronization

/// Remembers whether a database has room: from the writes that others make, so that nobody has to write to find out.
/// Thread-safe.
package final class RoomWatch: Sendable {
    /// How long a failure is held against a database. What has been written since may have been smaller.
    package static let memory = Duration.seconds(30)

    private let environment: ServiceEnvironment
    private let last = Mutex<(time: Timestamp, error: StorageError)?>(nil)

    package init(_ environment: ServiceEnvironment) { self.environment = environment }

    /// The database, whose writes are watched from now on.
    package func watching(_ database: any Database) -> any Database {
        WatchedDatabase(database: database, watch: self)
    }

    /// - Throws: the failure of a write that found no room within the last `memory`.
    package func check() throws {
        guard let last = last.withLock({ $0 }), environment.now() - last.time < Self.memory else { return }
        throw last.error
    }

    /// Runs a write.
    fileprivate func note<T>(_ write: () async throws -> T) async throws -> T {
        do {
            return try await write()
        } catch let error as StorageError where error.code == .storageFull {
            last.withLock { $0 = (environment.now(), error) }
            throw error
        }
    }
}

/// A database that tells a `RoomWatch` of its writes.
private struct WatchedDatabase: Database {
    let database: any Database
    let watch: RoomWatch

    var dialect: SQLDialect { database.dialect }

    func write<T: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> T) async throws -> T {
        try await watch.note { try await database.write(body) }
    }

    func write<T: Sendable>(
        _ isolation: TransactionIsolation,
        _ body: @escaping @Sendable (any SQLConnection) throws -> T
    ) async throws -> T {
        try await watch.note { try await database.write(isolation, body) }
    }

    func read<T: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> T) async throws -> T {
        try await database.read(body)
    }

    func close() async throws { try await database.close() }
}
