internal import Environment
internal import Synchronization

/// Numbers that many tasks draw, each once.
final class SentenceNumbers: Sendable {
    private let count = Atomic<Int>(0)

    func next() -> Int { count.wrappingAdd(1, ordering: .relaxed).oldValue }
}

/// Tells when the first of several jobs is being worked on.
final class RunningJob: Sendable {
    private let signal = Signal()

    func begin() { signal.raise() }

    /// - Throws: `CancellationError`.
    func wait() async throws {
        await signal.wait(after: 0)
        try Task.checkCancellation()
    }
}
