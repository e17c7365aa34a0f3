internal import Environment
internal import Foundation
internal import Storage
internal import Synchronization
internal import Threads

/// The server's end of a connection, as the server itself knows it.
struct ServerSession: Hashable, Sendable {
    var processID: Int64
    /// Microseconds since 1970: the server gives the numbers of processes that ended to others.
    var startedAt: Int64
}

/// Tells a server that takes its time from a connection that is dead.
///
/// From a silent connection alone that cannot be told: a firewall that forgot it, or a proxy that hangs, swallows what is
/// sent, and the kernel may not notice for minutes. So another connection asks the server whether it works on what the
/// silent one sent. It also has the server end what was given up, which would otherwise keep its locks. Thread-safe; one
/// for all connections of a pool.
final class ServerWatch: Sendable {
    enum Verdict: Equatable {
        /// The server works on it.
        case working
        /// The server knows nothing of it or waits itself, or cannot be reached either.
        case dead(reason: String)
        /// The server answers, but not this question.
        case unknown
    }

    private struct State {
        /// Until when nobody need find out again that the server cannot be reached.
        var isAwayUntil = ContinuousClock.now
        /// Connections that have not been heard of since may be as dead as one that was found to be.
        var suspectsAllBefore: ContinuousClock.Instant?
        var abandoned: Set<ServerSession> = []
        var isTidying = false
    }

    /// How long to try to connect, and to wait for the answer.
    private static let patience = Duration.seconds(3)
    /// More that are given up are left to the server's own limits of time.
    private static let mostAbandoned = 1000
    /// Attempts to have the server end them, a second apart.
    private static let tidyings = 30

    private let options: PostgresConnection.Options
    /// One asks at a time: those who come meanwhile would find out the same.
    private let asking = NSLock()
    private let state = Mutex(State())

    /// - Parameter options: of the connections that are watched.
    init(_ options: PostgresConnection.Options) {
        var options = options
        options.connectTimeout = Self.patience
        options.statementTimeout = Self.patience
        options.grace = .zero
        options.watch = nil
        self.options = options
    }

    // MARK: Asking

    /// What to make of a connection that is silent. Blocks, for about `patience` at most.
    func verdict(on session: ServerSession) -> Verdict {
        asking.withLock {
            if state.withLock({ $0.isAwayUntil > .now }) { return .dead(reason: "the server cannot be reached") }
            do {
                return try ask(about: session)
            } catch let error as StorageError where error.isInterruption {
                state.withLock { $0.isAwayUntil = .now + Self.patience }
                return .dead(reason: "the server cannot be reached")
            } catch {
                // No room for another connection, for example: a word of the server all the same.
                return .unknown
            }
        }
    }

    private func ask(about session: ServerSession) throws -> Verdict {
        let connection = try PostgresConnection.open(options, waker: .none)
        let question: SQLStatement = """
            SELECT CASE WHEN state LIKE 'idle%' OR wait_event_type = 'Client' THEN 0 ELSE 1 END AS works
            FROM pg_stat_activity WHERE pid = \(session.processID)
                AND CAST(EXTRACT(EPOCH FROM backend_start) * 1000000 AS BIGINT) = \(session.startedAt)
            """
        let results = try connection.exchange(connection.statements.commands(for: question))
        guard let row = results.last?.rows.first else { return .dead(reason: "the server has no such connection") }
        return try row.count("works") == 1 ? .working : .dead(reason: "what is sent does not arrive")
    }

    // MARK: What was given up

    /// Whether a connection that was last heard of at that time is as good as any.
    func isTrusted(heardAt time: ContinuousClock.Instant) -> Bool {
        state.withLock { state in state.suspectsAllBefore.map { $0 < time } ?? true }
    }

    /// A connection was found dead: others that were made before may be so too.
    func suspectOthers() { state.withLock { $0.suspectsAllBefore = .now } }

    /// Has the server end its end of a connection that was given up, soon and without waiting for it here.
    func abandon(_ session: ServerSession) {
        let isFirst = state.withLock { state in
            guard state.abandoned.count < Self.mostAbandoned else { return false }
            state.abandoned.insert(session)
            defer { state.isTidying = true }
            return !state.isTidying
        }
        if isFirst { DedicatedThread.start("postgres-tidy") { [self] in tidy() } }
    }

    private func tidy() {
        var attempts = 0
        while let sessions = nextAbandoned(isLast: attempts == Self.tidyings) {
            do {
                try end(sessions)
                attempts = 0
                state.withLock { $0.abandoned.subtract(sessions) }
            } catch {
                attempts += 1
                Thread.sleep(forTimeInterval: 1)
            }
        }
    }

    /// Those that wait; nil, and the thread is to end, if there are none, or it was tried often enough.
    private func nextAbandoned(isLast: Bool) -> Set<ServerSession>? {
        state.withLock { state in
            if isLast { state.abandoned = [] }
            guard state.abandoned.isEmpty else { return state.abandoned }
            state.isTidying = false
            return nil
        }
    }

    private func end(_ sessions: Set<ServerSession>) throws {
        let connection = try PostgresConnection.open(options, waker: .none)
        let given: [SQLStatement] = [
            "\(SQLValue.integers(sessions.map(\.processID)))", "\(SQLValue.integers(sessions.map(\.startedAt)))",
        ]
        let order: SQLStatement = """
            SELECT CASE WHEN pg_terminate_backend(pid) THEN 1 ELSE 0 END AS ended
            FROM pg_stat_activity JOIN unnest(\(joined: given)) AS given (given_pid, given_start)
                ON pid = given_pid AND CAST(EXTRACT(EPOCH FROM backend_start) * 1000000 AS BIGINT) = given_start
            """
        _ = try connection.exchange(connection.statements.commands(for: order))
    }
}
