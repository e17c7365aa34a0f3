package import Environment
package import Logging
package import Storage

/// A PostgreSQL database (13 or later), for any number of processes on any number of machines.
///
/// A target of its own, so that what stands on the `Database` port (stores, their tests, programs that embed them)
/// builds and links without libpq, and only `Bootstrap` decides for it.
///
/// **Threads.** Bodies are synchronous, so each connection has a thread that drives it and waits for the server; there
/// are at most `maximumConnections` of both, made when they are needed. Calls wait in order, and not longer than
/// `waitTimeout`.
///
/// **Isolation.** `write` is SERIALIZABLE, `write(.perStatement)` is READ COMMITTED, `read` is REPEATABLE READ and
/// read-only. Conflicts are run again after a short random wait, up to `conflictRetries` times; after the third, one at a
/// time.
///
/// **Losing the server.** A connection that died is replaced, and a transaction that had not come to its commit is run
/// again on the new one; so a restart of the server is a delay, unless it takes longer than `waitTimeout`. If the
/// connection went away during a commit, the server is asked by the transaction's number what became of it. Dead is also a
/// connection whose server, asked on another one, does not work on what was sent (`ServerWatch`): it is given up within
/// seconds, and so are all others that have not been heard of since.
///
/// **Cancellation** of the task ends a read at once, and has the server stop it. **Time.** The server itself ends
/// statements after `statementTimeout`; if it does not answer even then, the connection counts as lost.
package final class PostgresDatabase: Database {
    package struct Configuration: Sendable {
        /// Connections, and threads, at most.
        package var maximumConnections = 10
        /// Calls that may wait for a connection; more are refused with `.busy`.
        package var waitingCalls = 10_000
        /// How long a call waits for a connection that is free and works.
        package var waitTimeout = Duration.seconds(5)
        package var connectTimeout = Duration.seconds(5)
        /// The longest that one statement may take; zero: as long as it likes.
        package var statementTimeout = Duration.seconds(30)
        /// After this time without work a connection is closed.
        package var idleTimeout = Duration.seconds(300)
        /// How long to ask what became of a commit whose confirmation was lost.
        package var recoveryTimeout = Duration.seconds(6)
        /// How long a connection may be silent before the server is asked, on another one, whether it works on what was sent.
        package var silenceTimeout = Duration.seconds(2)
        /// How often a transaction is run again that got in another's way.
        package var conflictRetries = 20
        /// Largest result of one statement, in bytes.
        package var resultBytes = 256 << 20
        /// What the server calls the connections.
        package var applicationName = "dragoman"

        package init() {}

        func options(_ address: PostgresAddress) -> PostgresConnection.Options {
            var options = PostgresConnection.Options(address: address)
            options.applicationName = applicationName
            options.connectTimeout = connectTimeout
            options.statementTimeout = statementTimeout
            options.silence = silenceTimeout
            options.resultBytes = resultBytes
            options.watch = ServerWatch(options)
            return options
        }
    }

    package let dialect = SQLDialect.postgres
    private let configuration: Configuration
    private let pool: ConnectionPool

    /// Connects only when there is something to do; `check` tells whether that works.
    package init(
        _ address: PostgresAddress,
        configuration: Configuration = Configuration(),
        environment: ServiceEnvironment = .live,
        logger: Logger
    ) {
        self.configuration = configuration
        let gate = ConnectionGate(environment: environment)
        let options = configuration.options(address)
        pool = ConnectionPool(configuration, address: address) {
            PostgresSession(options, configuration, gate, environment, logger)
        }
    }

    /// Connects, if nothing has yet.
    /// - Throws: `StorageError` `.unavailable`, which says what to do about it.
    package func check() async throws { _ = try await read { try $0.query("SELECT 1 AS one") } }

    package func write<T: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> T) async throws -> T {
        try await write(.serial, body)
    }

    package func write<T: Sendable>(
        _ isolation: TransactionIsolation,
        _ body: @escaping @Sendable (any SQLConnection) throws -> T
    ) async throws -> T {
        let call = PendingCall(.write(isolation), deadline: deadline, body: body)
        return try await withCheckedThrowingContinuation { if call.hold($0) { pool.enqueue(call) } }
    }

    package func read<T: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> T) async throws -> T {
        let call = PendingCall(.read, deadline: deadline, body: body)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { if call.hold($0) { pool.enqueue(call) } }
        } onCancel: {
            call.cancel()
        }
    }

    package func close() async throws {
        await pool.close()
        try Task.checkCancellation()
    }

    /// Connections there are at the moment.
    package var connections: Int { pool.connections }

    private var deadline: ContinuousClock.Instant { .now + configuration.waitTimeout }
}
