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
    /// An operation under way: when its time is up, and who waits to hear whether it is.
    private struct Operation {
        var due: Timestamp
        var isUp: CheckedContinuation<Bool, Never>
    }

    private struct State {
        var operations: [Int: Operation] = [:]
        var next = 0
        var isWatched = false
    }

    private enum Ending<T: Sendable>: Sendable {
        case operation(Result<T, any Error>)
        /// Not up: nobody needs to know any more.
        case time(isUp: Bool)
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
        let due = environment.now() + limit
        let (result, isLate) = await withTaskGroup(of: Ending<T>.self) { group in
            group.addTask {
                do { return .operation(.success(try await operation())) } catch { return .operation(.failure(error)) }
            }
            group.addTask { .time(isUp: await self.isUp(at: due)) }
            // The operation's answer is waited for even when it is late: it may have returned something.
            var (result, isLate) = (Result<T, any Error>.failure(CancellationError()), false)
            for await ending in group {
                switch ending {
                case .operation(let outcome): result = outcome
                case .time(let isUp): isLate = isUp
                }
                group.cancelAll()
            }
            return (result, isLate)
        }
        switch result {
        case .success(let value): return value
        case .failure(let error):
            if isLate { return nil }
            throw error
        }
    }

    /// Returns when the time is up, or the task is cancelled: then false.
    private func isUp(at due: Timestamp) async -> Bool {
        let number = state.withLock { state in
            state.next &+= 1
            return state.next
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                enter(Operation(due: due, isUp: continuation), number)
            }
        } onCancel: {
            state.withLock { $0.operations.removeValue(forKey: number) }?.isUp.resume(returning: false)
        }
    }

    private func enter(_ operation: Operation, _ number: Int) {
        let (isEntered, isWatched) = state.withLock { state in
            guard !Task.isCancelled else { return (false, true) }
            defer { state.isWatched = true }
            state.operations[number] = operation
            return (true, state.isWatched)
        }
        if !isEntered { operation.isUp.resume(returning: false) }
        if !isWatched { Task { await watch() } }
    }

    /// Cancels what is due, as long as there are operations.
    private func watch() async {
        while let pause = endDue() {
            // Of a task that nobody can cancel.
            try? await environment.sleep(pause)
        }
    }

    /// Tells those whose time is up. Outside the lock: what they do then is theirs, and may come back here.
    /// - Returns: how long nothing will be due; nil where nothing is under way.
    private func endDue() -> Duration? {
        let now = environment.now()
        let latest = now + limit
        let (over, pause) = state.withLock { state in
            var pause = limit
            var over: [Operation] = []
            for (number, operation) in state.operations {
                // Later than is possible: the clock was set back.
                let due = min(operation.due, latest)
                state.operations[number]?.due = due
                if due <= now {
                    if let operation = state.operations.removeValue(forKey: number) { over.append(operation) }
                } else {
                    pause = min(pause, due - now)
                }
            }
            state.isWatched = !state.operations.isEmpty
            return (over, state.isWatched ? pause : nil)
        }
        for operation in over { operation.isUp.resume(returning: true) }
        return pause
    }
}
