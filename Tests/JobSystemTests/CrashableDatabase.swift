import Environment
import JobSystem
import Storage
import Synchronization

/// A process's way to a database, until the process "crashes": from then on nothing gets through. The write that is under
/// way at that moment may have been made durable without anybody hearing of it.
final class CrashableDatabase: Database {
    private let base: any Database
    private let hasCrashed = Mutex(false)

    init(_ base: any Database) { self.base = base }

    var dialect: SQLDialect { base.dialect }

    func crash() { hasCrashed.withLock { $0 = true } }

    func write<T: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> T) async throws -> T {
        try check()
        let value = try await base.write(body)
        try check()
        return value
    }

    func read<T: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> T) async throws -> T {
        try check()
        let value = try await base.read(body)
        try check()
        return value
    }

    func close() async throws {}

    private func check() throws {
        if hasCrashed.withLock({ $0 }) { throw StorageError(.unavailable, "The process has crashed.") }
    }
}
