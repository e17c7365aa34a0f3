internal import Environment
internal import Storage
internal import Synchronization

/// A body that waits for a connection, or runs on one.
protocol PostgresCall: AnyObject, Sendable {
    var mode: PostgresTransaction.Mode { get }
    /// Until when it waits for a connection.
    var deadline: ContinuousClock.Instant { get }
    /// Whether nobody waits for it any more: it was answered, or its task was cancelled.
    var isOver: Bool { get }
    /// Says whom to wake should the task be cancelled; nil: nobody any more.
    func attach(_ waker: Waker?)
    /// Runs the body and keeps what it returns.
    func run(on connection: any SQLConnection) throws
    /// The transaction is durable: the caller gets what the last run returned.
    func succeed()
    func fail(_ error: any Error)
}

/// A body with its caller, who is answered once.
final class PendingCall<T: Sendable>: PostgresCall {
    private struct State {
        var continuation: CheckedContinuation<T, any Error>?
        var isOver = false
        var value: T?
        var waker: Waker?
    }

    let mode: PostgresTransaction.Mode
    let deadline: ContinuousClock.Instant
    private let body: @Sendable (any SQLConnection) throws -> T
    private let state = Mutex(State())

    init(
        _ mode: PostgresTransaction.Mode,
        deadline: ContinuousClock.Instant,
        body: @escaping @Sendable (any SQLConnection) throws -> T
    ) {
        self.mode = mode
        self.deadline = deadline
        self.body = body
    }

    var isOver: Bool { state.withLock { $0.isOver } }

    /// Takes the caller in.
    /// - Returns: false if the task is cancelled already; the caller has its answer then.
    func hold(_ continuation: CheckedContinuation<T, any Error>) -> Bool {
        let isHeld = state.withLock { state in
            guard !state.isOver else { return false }
            state.continuation = continuation
            return true
        }
        if !isHeld { continuation.resume(throwing: CancellationError()) }
        return isHeld
    }

    /// The caller's task is cancelled: it has its answer at once, and whoever works on it is told.
    func cancel() {
        let (continuation, waker) = end { $0.waker }
        continuation?.resume(throwing: CancellationError())
        waker?.wake()
    }

    func attach(_ waker: Waker?) { state.withLock { $0.waker = waker } }

    func run(on connection: any SQLConnection) throws {
        let value = try body(connection)
        state.withLock { $0.value = value }
    }

    func succeed() {
        let (continuation, value) = end { $0.value }
        guard let value else {
            continuation?.resume(throwing: StorageError(.statement, "A transaction was confirmed that never ran."))
            return
        }
        continuation?.resume(returning: value)
    }

    func fail(_ error: any Error) { end { _ in }.0?.resume(throwing: error) }

    /// Marks the call as over. Whoever gets the continuation answers it.
    private func end<Part: Sendable>(_ part: (borrowing State) -> Part) -> (CheckedContinuation<T, any Error>?, Part) {
        state.withLock { state in
            defer { state.continuation = nil }
            state.isOver = true
            return (state.continuation, part(state))
        }
    }
}
