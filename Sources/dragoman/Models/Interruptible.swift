import Dispatch
import Foundation
import Synchronization

/// Work that Ctrl-C ends in order: by cancelling it. The second Ctrl-C ends the program at once.
enum Interruptible {
    /// Runs `body`; SIGINT and SIGTERM cancel it.
    /// - Parameter message: what to say where they did. The exit code is then what shells give for the signal.
    static func run<Value: Sendable>(
        message: String,
        _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let task = Task { try await body() }
        let caught = CaughtSignal()
        let sources = [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                signal(number, SIG_DFL)
                caught.number.store(number, ordering: .relaxed)
                task.cancel()
            }
            source.resume()
            return source
        }
        defer { for source in sources { source.cancel() } }
        do {
            return try await task.value
        } catch is CancellationError {
            throw CommandError(message: message, code: 128 + caught.number.load(ordering: .relaxed))
        }
    }
}

/// The signal that came.
private final class CaughtSignal: Sendable {
    let number = Atomic<Int32>(SIGINT)
}
