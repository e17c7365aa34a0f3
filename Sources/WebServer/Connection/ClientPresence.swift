internal import Environment

/// Whether the client at the other end of a connection is still there. Thread-safe.
final class ClientPresence: Sendable {
    /// Of the connection whose requests this task serves.
    @TaskLocal private static var current: ClientPresence?

    private let departure = Signal()

    /// Serves a connection, so that its requests can tell.
    func serving(_ body: () async -> Void) async {
        await Self.$current.withValue(self, operation: body)
    }

    /// To be called when the connection has gone.
    func leave() { departure.raise() }

    /// Does work that is worth nothing without the client. It is cancelled when the client leaves, and this returns once
    /// it has heeded that.
    /// - Throws: `ClientHasGone`; what the work throws while the client is there.
    static func whilePresent<T: Sendable>(_ work: @escaping @Sendable () async throws -> T) async throws -> T {
        guard let presence = current else { return try await work() }
        return try await withThrowingTaskGroup(of: T?.self) { group in
            group.addTask { try await work() }
            group.addTask {
                await presence.departure.wait(after: 0)
                return nil
            }
            defer { group.cancelAll() }
            // Nobody's departure where the task was cancelled: then the work says what becomes of it.
            for try await result in group {
                if let result { return result }
                if !Task.isCancelled { throw ClientHasGone() }
            }
            throw CancellationError()
        }
    }
}

/// The client closed its connection before it had its answer.
struct ClientHasGone: Error {}
