internal import Synchronization

/// A write that waits for its group.
protocol GroupMember: Sendable {
    /// Runs the body and keeps what it returns.
    func run(on connection: any SQLConnection) throws
    /// The transaction is durable: the caller gets what the last run returned.
    func succeed()
    func fail(_ error: any Error)
}

/// A body with its caller.
final class PendingWrite<T: Sendable>: GroupMember {
    private let body: @Sendable (any SQLConnection) throws -> T
    private let continuation: CheckedContinuation<T, any Error>
    private let result = Mutex<T?>(nil)

    init(body: @escaping @Sendable (any SQLConnection) throws -> T, continuation: CheckedContinuation<T, any Error>) {
        self.body = body
        self.continuation = continuation
    }

    func run(on connection: any SQLConnection) throws {
        let value = try body(connection)
        result.withLock { $0 = value }
    }

    func succeed() {
        guard let value = result.withLock({ $0 }) else {
            return fail(StorageError(.statement, "A write was confirmed that never ran."))
        }
        continuation.resume(returning: value)
    }

    func fail(_ error: any Error) { continuation.resume(throwing: error) }
}
