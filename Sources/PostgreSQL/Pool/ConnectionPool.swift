internal import DequeModule
internal import Environment
internal import Foundation
internal import Storage
internal import Threads

/// Calls in the order in which they come, and the threads that work on them, each with a connection of its own.
///
/// Threads are started when they are needed, up to a limit, and end when they have been idle for a while.
final class ConnectionPool: @unchecked Sendable {
    // Unchecked: everything that changes is guarded by the condition's lock.
    private let condition = NSCondition()
    private var waiting = Deque<any PostgresCall>()
    /// Threads that take calls.
    private var threads = 0
    /// Those of them that wait for one.
    private var idle = 0
    /// Threads that have not closed their connection yet.
    private var open = 0
    private var isClosed = false
    /// A look at those who have waited too long is scheduled.
    private var isSweeping = false

    private let configuration: PostgresDatabase.Configuration
    private let address: PostgresAddress
    private let makeSession: @Sendable () -> PostgresSession
    private let changed = Signal()

    init(
        _ configuration: PostgresDatabase.Configuration,
        address: PostgresAddress,
        makeSession: @escaping @Sendable () -> PostgresSession
    ) {
        self.configuration = configuration
        self.address = address
        self.makeSession = makeSession
    }

    /// Adds a call; it is answered later, or at once when too many wait.
    func enqueue(_ call: any PostgresCall) {
        let (refusal, startsThread) = condition.withLock { () -> (StorageError?, Bool) in
            guard !isClosed else { return (closed, false) }
            guard waiting.count < configuration.waitingCalls else { return (full, false) }
            waiting.append(call)
            condition.signal()
            let isShort = waiting.count > idle
            if isShort { sweepLater() }
            guard isShort, threads < max(1, configuration.maximumConnections) else { return (nil, false) }
            threads += 1
            open += 1
            return (nil, true)
        }
        if let refusal { call.fail(refusal) }
        if startsThread { startThread() }
    }

    /// Refuses new calls, and returns when those that were accepted have been answered and every connection is closed.
    func close() async {
        condition.withLock {
            isClosed = true
            condition.broadcast()
        }
        while true {
            let ticket = changed.ticket
            if condition.withLock({ open == 0 }) || Task.isCancelled { return }
            await changed.wait(after: ticket)
        }
    }

    /// Connections there are, or are being made.
    var connections: Int { condition.withLock { open } }

    // MARK: Threads

    private func startThread() {
        DedicatedThread.start("postgres") { [self] in
            let session = makeSession()
            while let call = take() { session.perform(call) }
            session.close()
            condition.withLock { open -= 1 }
            changed.raise()
        }
    }

    /// Waits for a call; nil if the thread is to end.
    private func take() -> (any PostgresCall)? {
        condition.lock()
        defer { condition.unlock() }
        let end = Date(timeIntervalSinceNow: configuration.idleTimeout / .seconds(1))
        while waiting.isEmpty {
            let isOver = isClosed || Date() >= end
            if isOver {
                threads -= 1
                return nil
            }
            idle += 1
            _ = condition.wait(until: end)
            idle -= 1
        }
        return waiting.popFirst()
    }

    // MARK: Those who wait too long

    /// Schedules a look at the call that waits longest, for when its time is over. Called under the lock.
    private func sweepLater() {
        guard !isSweeping, let first = waiting.first else { return }
        isSweeping = true
        let delay = max(0.001, ContinuousClock.now.duration(to: first.deadline) / .seconds(1))
        DispatchQueue.global().asyncAfter(deadline: .now() + delay) { [weak self] in self?.sweep() }
    }

    private func sweep() {
        let late = condition.withLock { () -> [any PostgresCall] in
            isSweeping = false
            let now = ContinuousClock.now
            var late: [any PostgresCall] = []
            while let first = waiting.first, first.deadline <= now || first.isOver {
                late.append(first)
                _ = waiting.popFirst()
            }
            sweepLater()
            return late
        }
        for call in late { call.fail(exhausted) }
    }

    // MARK: Refusals

    private var closed: StorageError { StorageError(.unavailable, "The database '\(address)' is closed.") }

    private var full: StorageError {
        StorageError(
            .busy,
            "'\(configuration.waitingCalls)' calls wait for the database '\(address)', which is the most that may."
        )
    }

    private var exhausted: StorageError {
        StorageError(
            .busy,
            """
            No connection to the database '\(address)' was free within \(configuration.waitTimeout): all \
            '\(configuration.maximumConnections)' were in use.
            """
        )
    }
}
