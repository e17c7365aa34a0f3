internal import Environment
internal import Foundation
internal import Storage
internal import Synchronization

/// Spaces out attempts to connect, of all threads together, while the server is away.
final class ConnectionGate: Sendable {
    private struct State {
        var failures = 0
        var opensAt = ContinuousClock.now
    }

    private static let shortest = Duration.milliseconds(50)
    private static let longest = Duration.seconds(2)

    private let state = Mutex(State())
    private let environment: ServiceEnvironment

    init(environment: ServiceEnvironment) { self.environment = environment }

    /// When the next attempt may be made.
    var opensAt: ContinuousClock.Instant { state.withLock { $0.opensAt } }

    /// An attempt succeeded.
    /// - Returns: whether one had failed before.
    @discardableResult
    func open() -> Bool {
        state.withLock { state in
            defer { state = State() }
            return state.failures > 0
        }
    }

    /// An attempt failed: the next one is put off, twice as long each time, by half of that to all of it.
    /// - Returns: how many have failed in a row; nil where this one does not count, as threads that fail together fail
    ///   once.
    @discardableResult
    func putOff() -> Int? {
        let share = Double(environment.random() >> 11) / Double(UInt64(1) << 53)
        return state.withLock { state in
            guard state.opensAt <= .now else { return nil }
            state.failures += 1
            let span = min(Self.longest, Self.shortest * (1 << min(state.failures - 1, 10)))
            state.opensAt = .now + span / 2 + span / 2 * share
            return state.failures
        }
    }
}
