internal import Environment
internal import Identity
internal import Logging
internal import Synchronization

/// Whether whoever reaches the server is its user: from the start until there is an account, and never again.
///
/// An account may be made by another process (`dragoman users add`), so requests ask for it, once a second at most and
/// together. A server that nobody uses asks nothing. Thread-safe.
final class LocalMode: Sendable {
    private struct State {
        var isOn: Bool
        var lookedAt: Timestamp?
        var look: Task<Void, Never>?
    }

    /// How old what is known may be.
    private static let freshness = Duration.seconds(1)

    private let hasUsers: @Sendable () async throws -> Bool
    private let environment: ServiceEnvironment
    private let logger: Logger
    private let state: Mutex<State>

    /// - Parameter isOn: whether there was no account at the start, and the server listens to its own machine alone.
    init(isOn: Bool, _ services: WebServices) {
        hasUsers = { [identity = services.identity] in try await identity.hasUsers() }
        environment = services.environment
        logger = services.logger
        state = Mutex(State(isOn: isOn))
    }

    /// As far as is known, for those who cannot wait.
    var isOn: Bool { state.withLock { $0.isOn } }

    /// As of a second ago or later. While the accounts cannot be read, nobody can make one, and it stays as it was.
    func isStillOn() async -> Bool {
        let now = environment.now()
        let look = state.withLock { state -> Task<Void, Never>? in
            guard state.isOn else { return nil }
            if let look = state.look { return look }
            // A clock that was set back makes nothing fresh.
            if let lookedAt = state.lookedAt, now >= lookedAt, now - lookedAt < Self.freshness { return nil }
            state.look = Task { await lookForUsers() }
            return state.look
        }
        await look?.value
        return isOn
    }

    private func lookForUsers() async {
        let isOver: Bool
        do {
            isOver = try await hasUsers()
        } catch {
            logger.warning("The accounts cannot be read", metadata: ["error": "\(error)"])
            isOver = false
        }
        let now = environment.now()
        state.withLock { state in
            state.look = nil
            state.lookedAt = now
            if isOver { state.isOn = false }
        }
        guard isOver else { return }
        logger.notice("There is an account now: local mode is over, and requests need credentials from here on")
    }
}
