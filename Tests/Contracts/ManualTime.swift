package import Environment
internal import Synchronization

/// Time that passes when the test says so, and randomness from a seed.
package final class ManualTime: Sendable {
    private struct Sleeper {
        var deadline: Timestamp
        var continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var now: Timestamp
        var random: UInt64
        var nextNumber: UInt64 = 0
        var sleepers: [UInt64: Sleeper] = [:]
    }

    /// 2026-11-21 00:00:00 UTC.
    package static let start = Timestamp(microseconds: 1_795_219_200_000_000)

    private let state: Mutex<State>
    private let changed = Signal()

    package init(at time: Timestamp = ManualTime.start, seed: UInt64 = 1) {
        state = Mutex(State(now: time, random: seed))
    }

    package var now: Timestamp { state.withLock { $0.now } }

    package var environment: ServiceEnvironment {
        ServiceEnvironment(now: { self.now }, sleep: { try await self.sleep($0) }, random: { self.random() })
    }

    /// Lets time pass and wakes those whose time has come.
    package func advance(by span: Duration) {
        let due = state.withLock { state in
            state.now = state.now + span
            let due = state.sleepers.filter { $0.value.deadline <= state.now }
            for number in due.keys { state.sleepers[number] = nil }
            return due.values.map(\.continuation)
        }
        for continuation in due { continuation.resume() }
    }

    /// Sets the clock back. Nobody who sleeps notices.
    package func setBack(by span: Duration) { state.withLock { $0.now = $0.now + (.zero - span) } }

    /// Waits until somebody sleeps who will wake exactly at `span` from now or earlier.
    package func untilSomebodySleeps(upTo span: Duration) async {
        while !Task.isCancelled {
            let ticket = changed.ticket
            let isThere = state.withLock { state in state.sleepers.values.contains { $0.deadline <= state.now + span } }
            if isThere { return }
            await changed.wait(after: ticket)
        }
    }

    /// Lets time pass in such steps whenever somebody sleeps, until the task is cancelled.
    /// - Parameter pause: real time after each step, in which those who have woken up may begin their next sleep.
    package func pass(inStepsOf step: Duration = .seconds(1), pausing pause: Duration = .zero) async {
        while !Task.isCancelled {
            await untilSomebodySleeps(upTo: .seconds(1_000_000))
            advance(by: step)
            if pause > .zero { try? await Task.sleep(for: pause) } else { await Task.yield() }
        }
    }

    /// SplitMix64.
    package func random() -> UInt64 {
        state.withLock { state in
            state.random &+= 0x9E37_79B9_7F4A_7C15
            var bits = state.random
            bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
            bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
            return bits ^ (bits >> 31)
        }
    }

    private func sleep(_ span: Duration) async throws {
        let number = state.withLock { state in
            state.nextNumber += 1
            return state.nextNumber
        }
        defer { changed.raise() }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let outcome = state.withLock { state -> Result<Void, any Error>? in
                    if Task.isCancelled { return .failure(CancellationError()) }
                    if span <= .zero { return .success(()) }
                    state.sleepers[number] = Sleeper(deadline: state.now + span, continuation: continuation)
                    return nil
                }
                if let outcome { continuation.resume(with: outcome) } else { changed.raise() }
            }
        } onCancel: {
            state.withLock { $0.sleepers.removeValue(forKey: number) }?.continuation
                .resume(throwing: CancellationError())
        }
    }
}
