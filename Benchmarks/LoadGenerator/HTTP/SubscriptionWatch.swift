internal import Synchronization

/// Counts subscribers that heard the end, and tells when all have.
final class SubscriptionWatch: Sendable {
    private struct State {
        var finished = 0
        var lost = 0
        var last = ContinuousClock.now
        var expected: Int?
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    var lostCount: Int { state.withLock { $0.lost } }

    func finished() { change { $0.finished += 1 } }

    /// A subscriber's connection ended without the final event.
    func lost() { change { $0.lost += 1 } }

    /// Waits until so many have heard the end or are lost.
    /// - Returns: when the last one was heard of.
    func all(_ count: Int) async -> ContinuousClock.Instant {
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                if state.finished + state.lost >= count { return true }
                state.expected = count
                state.waiter = continuation
                return false
            }
            if isOver { continuation.resume() }
        }
        return state.withLock { $0.last }
    }

    private func change(_ body: (inout State) -> Void) {
        let waiter: CheckedContinuation<Void, Never>? = state.withLock { state in
            body(&state)
            state.last = .now
            guard let expected = state.expected, state.finished + state.lost >= expected else { return nil }
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }
}
