internal import Synchronization

/// Tells any number of waiting tasks that something changed.
///
/// Take a ticket, look at what may have changed, then wait with that ticket: a signal in between is not missed.
package final class Signal: Sendable {
    private struct State {
        var count: UInt64 = 0
        var nextWaiter: UInt64 = 0
        var waiters: [UInt64: CheckedContinuation<Void, Never>] = [:]
    }

    private let state = Mutex(State())

    package init() {}

    /// Stands for the signals so far; 0 before the first.
    package var ticket: UInt64 { state.withLock { $0.count } }

    /// Wakes all who wait, and lets those through who come with an earlier ticket.
    package func raise() {
        let waiters = state.withLock { state in
            state.count += 1
            defer { state.waiters = [:] }
            return Array(state.waiters.values)
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Returns once a signal came after the ticket, or the task is cancelled.
    package func wait(after ticket: UInt64) async {
        let number = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    if state.count > ticket || Task.isCancelled { return true }
                    state.waiters[number] = continuation
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: number) }?.resume()
        }
    }

    /// As `wait(after:)`, but no longer than `limit`.
    package func wait(after ticket: UInt64, upTo limit: Duration, environment: ServiceEnvironment) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.wait(after: ticket) }
            group.addTask { try? await environment.sleep(limit) }
            await group.next()
            group.cancelAll()
        }
    }
}
