/// A relational database, as every store uses it.
///
/// Promises of every implementation:
/// - `write` runs its body in one transaction: all of it is durable when `write` returns, and nothing of it has
///   happened when `write` throws. Two transactions behave as if one came after the other.
/// - `read` runs its body on one consistent snapshot, which holds everything that was durable before the call.
/// - Bodies run on threads of the database, never on Swift's cooperative pool. They are synchronous, so that no
///   transaction waits for anything but the database. A body may run **more than once**: when the driver finds that
///   transactions got in each other's way, or that its group could not be committed. It must therefore have no effect
///   but through its connection. What it throws undoes its work and is rethrown.
/// - A write whose body has begun is carried out, even if the task is cancelled; a read may end with
///   `CancellationError`.
/// - Errors of the database are `StorageError`s.
/// - Over a network a commit's confirmation can get lost. The driver then finds out what became of it; only if it
///   cannot, `write` throws `.unavailable` although the write may have happened, and says so.
package protocol Database: Sendable {
    var dialect: SQLDialect { get }

    func write<T: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> T) async throws -> T

    /// As `write`, where less isolation will do. Databases that always give more take it for `write`.
    func write<T: Sendable>(
        _ isolation: TransactionIsolation,
        _ body: @escaping @Sendable (any SQLConnection) throws -> T
    ) async throws -> T

    func read<T: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> T) async throws -> T

    /// Ends what runs and closes the connections. Later calls throw `.unavailable`.
    func close() async throws
}

extension Database {
    package func write<T: Sendable>(
        _ isolation: TransactionIsolation,
        _ body: @escaping @Sendable (any SQLConnection) throws -> T
    ) async throws -> T {
        try await write(body)
    }
}

/// How far a transaction that writes is kept apart from others.
package enum TransactionIsolation: Sendable {
    /// As if one came after the other.
    case serial
    /// Each statement sees what was committed before it began. For bodies that hold whatever happens between their
    /// statements, because each checks by itself what it relies on: by its `WHERE` (a fence, a revision), by a unique
    /// key, by `skipLocked`. Where many write at once this is cheaper, as transactions wait for one another's rows
    /// instead of being run again.
    case perStatement
}

/// What the body of a transaction has in hand. Valid inside the body only.
package protocol SQLConnection {
    /// Runs one statement and returns its rows: all of them, so bound them in the statement.
    func query(_ statement: SQLStatement) throws -> [SQLRow]

    /// Runs one statement and returns how many rows it changed.
    @discardableResult
    func execute(_ statement: SQLStatement) throws -> Int
}
