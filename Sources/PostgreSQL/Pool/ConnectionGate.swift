internal import Environment
internal import Foundation
internal import Storage
internal import Synchronization

/// Spaces out attempts to connect, of all threads together, while the server is away.
final class ConnectionGate: Sendable {
    private struct State {
        var backoff = Backoff(shortest: .milliseconds(50), longest: .seconds(2))
        var opensAt = ContinuousClock.now
    }

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
            return state.backoff.failures > 0
        }
    }

    /// An attempt failed: the next one is put off, twice as long each time, by half of that to all of it.
    /// - Returns: how many have failed in a row; nil where this one does not count, as threads that fail together fail
    ///   once.
    @discardableResult
    func putOff() -> Int? {
        state.withLock { state in
            guard state.opensAt <= .now else { return nil }
            state.opensAt = .now + state.backoff.next(random: environment.random())
            return state.backoff.failures
        }
    }
}
