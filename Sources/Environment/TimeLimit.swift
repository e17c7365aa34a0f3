internal import Synchronization

/// A limit on how long operations may take, with one timer for all that are under way.
///
/// A timer for each operation costs more than most operations do: it is started and stopped by other threads. Here an
/// operation is entered in a list and taken out again, and somebody looks at the list when the oldest is due. An operation
/// that takes too long is cancelled; it ends when it heeds that. Thread-safe.
///
/// Time is the environment's. When its clock is set back, what is under way gets the limit once more; when it is set
/// forward, it may be cut short.
package final class TimeLimit: Sendable {
    /// An operation under way.
    private struct Operation: @unchecked Sendable {
        // Unchecked: used under the lock only, and out of the list before the task ends.
        var task: UnsafeCurrentTask
        var due: Timestamp
        var isOver = false
    }

    private struct State {
        var operations: [Int: Operation] = [:]
        var next = 0
        var isWatched = false
    }

    /// How long an operation may take.
    package let limit: Duration
    private let environment: ServiceEnvironment
    private let state = Mutex(State())

    package init(_ limit: Duration, _ environment: ServiceEnvironment) {
        self.limit = limit
        self.environment = environment
    }

    /// Carries out an operation, in a child task that runs where this one does.
    /// - Returns: what the operation returned; nil where it took too long and heeded its cancellation by throwing.
    /// - Throws: what the operation throws in time.
    package func run<T: Sendable>(_ operation: @escaping @Sendable () async throws -> T) async throws -> T? {
        async let value = entered(operation)
        return try await value
    }

    private func entered<T: Sendable>(_ operation: @Sendable () async throws -> T) async throws -> T? {
        let number = withUnsafeCurrentTask { $0.map(enter) }
        do {
            let value = try await operation()
            _ = leave(number)
            return value
        } catch {
            if leave(number) { return nil }
            throw error
        }
    }

    private func enter(_ task: UnsafeCurrentTask) -> Int {
        let operation = Operation(task: task, due: environment.now() + limit)
        let (number, isWatched) = state.withLock { state in
            defer {
                state.operations[state.next] = operation
                state.next &+= 1
                state.isWatched = true
            }
            return (state.next, state.isWatched)
        }
        if !isWatched { Task { await watch() } }
        return number
    }

    /// Whether the operation took too long.
    private func leave(_ number: Int?) -> Bool {
        guard let number else { return false }
        return state.withLock { $0.operations.removeValue(forKey: number)?.isOver ?? false }
    }

    /// Cancels what is due, as long as there are operations.
    private func watch() async {
        while let pause = cancelDue() {
            // Of a task that nobody can cancel.
            try? await environment.sleep(pause)
        }
    }

    /// - Returns: how long nothing will be due; nil where nothing is under way.
    private func cancelDue() -> Duration? {
        let now = environment.now()
        let latest = now + limit
        return state.withLock { state in
            var pause = limit
            for (number, operation) in state.operations where !operation.isOver {
                // Later than is possible: the clock was set back.
                let due = min(operation.due, latest)
                if due <= now { operation.task.cancel() } else { pause = min(pause, due - now) }
                state.operations[number]?.due = due
                state.operations[number]?.isOver = due <= now
            }
            state.isWatched = !state.operations.isEmpty
            return state.isWatched ? pause : nil
        }
    }
}
