internal import Environment
internal import Logging
internal import Synchronization

/// Watches all connections to the server together: counts, and says once when it goes away and once when it is back.
final class ConnectionMonitor: Sendable {
    private struct State {
        var status = RedisStatus()
        /// The connections that there should be, and those that there are.
        var needed: Set<String> = []
        var open: Set<String> = []
        var isReported = false
    }

    let changed = Signal()
    private let address: RedisAddress
    private let now: @Sendable () -> Timestamp
    private let logger: Logger
    private let state = Mutex(State())

    init(_ address: RedisAddress, _ environment: ServiceEnvironment, _ logger: Logger) {
        self.address = address
        now = environment.now
        self.logger = logger
    }

    var status: RedisStatus { state.withLock { $0.status } }

    /// Has a connection count as needed.
    func expect(_ name: String) { state.withLock { _ = $0.needed.insert(name) } }

    func opened(_ name: String) {
        let time = now()
        let isBack = state.withLock { state in
            state.status.connections += 1
            state.open.insert(name)
            guard state.open == state.needed else { return false }
            (state.status.isConnected, state.status.since) = (true, time)
            defer { state.isReported = false }
            return state.isReported
        }
        if isBack { logger.notice("Redis is back", metadata: ["address": "\(address)"]) }
        changed.raise()
    }

    /// A connection was lost, or could not be made.
    func lost(_ name: String, _ error: any Error) {
        let (time, reason) = (now(), (error as? RedisError)?.message ?? "\(error)")
        let isNew = state.withLock { state in
            state.open.remove(name)
            if state.status.isConnected || state.status.since == nil {
                (state.status.isConnected, state.status.since) = (false, time)
            }
            state.status.lastError = reason
            defer { state.isReported = true }
            return !state.isReported
        }
        if isNew {
            logger.warning("Redis is away: no shared limits, events and caches", metadata: ["error": "\(reason)"])
        }
        changed.raise()
    }

    /// A connection was closed because nobody needs it any more.
    func closed(_ name: String) {
        let time = now()
        state.withLock { state in
            state.open.remove(name)
            if state.status.isConnected { (state.status.isConnected, state.status.since) = (false, time) }
        }
        changed.raise()
    }

    func count(failures: Int) { state.withLock { $0.status.failures += failures } }

    func count(_ results: [(commands: Int, result: Result<[RedisReply], RedisError>)]) {
        let time = now()
        let (code, isNew) = state.withLock { state -> (String?, Bool) in
            let code = results.lazy.compactMap { Self.refusalToWrite($0.result) }.first
            for (commands, result) in results { Self.count(commands, result, &state.status) }
            guard code != nil else { return (nil, false) }
            let last = state.status.refusedWriteAt
            state.status.refusedWriteAt = time
            return (code, last.map { time - $0 > RedisStatus.memory } ?? true)
        }
        guard let code, isNew else { return }
        logger.warning(
            "Redis records nothing: no shared limits and caches; give it more memory or a maxmemory-policy that evicts",
            metadata: ["address": "\(address)", "code": "\(code)"]
        )
    }

    /// The code of an answer that says that nothing can be recorded at the moment, whatever it is.
    private static func refusalToWrite(_ result: Result<[RedisReply], RedisError>) -> String? {
        guard case .success(let replies) = result else { return nil }
        return replies.lazy.compactMap(\.refusal).first { ["OOM", "READONLY", "MISCONF", "NOREPLICAS"].contains($0) }
    }

    private static func count(
        _ commands: Int,
        _ result: Result<[RedisReply], RedisError>,
        _ status: inout RedisStatus
    ) {
        switch result {
        case .success(let replies):
            status.commands += commands
            for reply in replies {
                // A script that has to be sent is no refusal.
                guard let code = reply.refusal, code != RedisScript.unknown else { continue }
                status.refusals += 1
                status.lastRefusal = code
            }
        case .failure(let error) where error.code == .timedOut: status.timeouts += commands
        case .failure: status.failures += commands
        }
    }
}
