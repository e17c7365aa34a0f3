internal import Dispatch
internal import Synchronization

/// Work that waits for the disk or computes for long: it runs on a thread of its own, not on the cooperative pool's.
enum BlockingWork {
    /// Tells such work that nobody waits for it any more.
    final class Cancellation: Sendable {
        private let isCancelled = Atomic(false)

        fileprivate func cancel() { isCancelled.store(true, ordering: .relaxed) }

        /// - Throws: `CancellationError` once the task that waits has been cancelled.
        func check() throws {
            if isCancelled.load(ordering: .relaxed) { throw CancellationError() }
        }
    }

    /// Runs `body` and waits for it. It is told of cancellation and ends when it has looked.
    static func run<Value: Sendable>(
        _ body: @escaping @Sendable (Cancellation) throws -> Value
    ) async throws -> Value {
        let cancellation = Cancellation()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                DispatchQueue.global().async {
                    continuation.resume(with: Result { try body(cancellation) })
                }
            }
        } onCancel: {
            cancellation.cancel()
        }
    }
}
