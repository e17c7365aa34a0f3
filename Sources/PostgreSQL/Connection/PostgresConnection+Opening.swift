internal import CPostgres
internal import Environment
internal import Storage

extension PostgresConnection {
    /// The oldest server: the first with `pg_current_xact_id`.
    private static let oldestServer: Int32 = 130_000

    /// Connects, and sets the session up.
    /// - Throws: `StorageError` `.unavailable`, whose `isLasting` says whether trying again can help.
    static func open(_ options: Options, waker: Waker) throws -> PostgresConnection {
        let connection = PostgresConnection(link: try connect(options, waker), options: options, waker: waker)
        try connection.checkServer()
        guard PQsetnonblocking(connection.link, 1) == 0, PQenterPipelineMode(connection.link) == 1 else {
            throw connection.lost()
        }
        _ = PQsetErrorVerbosity(connection.link, PQERRORS_DEFAULT)
        // By default libpq prints notices on standard error.
        _ = PQsetNoticeReceiver(connection.link, { _, _ in }, nil)
        try connection.setUp()
        return connection
    }

    private static func connect(_ options: Options, _ waker: Waker) throws -> OpaquePointer {
        if let problem = cpostgres_load() {
            throw StorageError(.unavailable, String(cString: problem))
        }
        let keywords = parameters(options)
        let names = keywords.map { $0.key }
        let values = keywords.map { $0.value }
        let link = withCStrings(names) { names in withCStrings(values) { PQconnectStartParams(names, $0, 0) } }
        guard let link else { throw StorageError(.unavailable, "There is no memory for a connection.") }
        // As long as a connection is being made, its error message is all that tells what is wrong: codes, not words in
        // the language of the server.
        _ = PQsetErrorVerbosity(link, PQERRORS_SQLSTATE)
        do {
            try drive(link, options, waker)
        } catch {
            PQfinish(link)
            throw error
        }
        return link
    }

    private static func drive(_ link: OpaquePointer, _ options: Options, _ waker: Waker) throws {
        guard PQstatus(link) != CONNECTION_BAD else { throw refusal(link, options) }
        let deadline = ContinuousClock.now + options.connectTimeout
        var events = SocketEvents.writing
        while true {
            switch SocketWait.wait(PQsocket(link), events, waker, until: deadline) {
            case .ready: break
            case .woken: continue
            case .timedOut, .failed:
                throw StorageError.connectionLost(
                    "no connection within \(options.connectTimeout)",
                    at: options.address
                )
            }
            switch PQconnectPoll(link) {
            case PGRES_POLLING_READING: events = .reading
            case PGRES_POLLING_WRITING: events = .writing
            case PGRES_POLLING_OK: return
            default: throw refusal(link, options)
            }
        }
    }

    /// Why there is no connection. The message ends with the server's code, if it was a server that refused.
    private static func refusal(_ link: OpaquePointer, _ options: Options) -> StorageError {
        let message = String(cString: PQerrorMessage(link)).oneLine
        let state = message.split(separator: " ").last.map(String.init) ?? ""
        // libpq's own words, which it says in English.
        if message.contains("certificate") || message.contains("does not support SSL") {
            return unsuitable(
                "is on a server that is not trusted as sslmode asks; check sslmode, sslrootcert and the server's name",
                options,
                message
            )
        }
        let isState = state.utf8.count == 5 && state.allSatisfy { $0.isASCII && ($0.isUppercase || $0.isNumber) }
        return StorageError(
            PostgresReport(message: message, sqlState: isState ? state : "08001"),
            at: options.address
        )
    }

    private static func parameters(_ options: Options) -> [String: String] {
        let timeout = max(1000, options.connectTimeout.wholeMicroseconds / 1000)
        return [
            "fallback_application_name": options.applicationName,
            // A peer that vanished without a word is noticed by the kernel, in about as long as connecting may take.
            "keepalives_idle": "3", "keepalives_interval": "1", "keepalives_count": "2",
            "tcp_user_timeout": "\(timeout)",
        ].merging(options.address.keywords) { $1 }.merging(["client_encoding": "UTF8"]) { $1 }
    }

    private func checkServer() throws {
        let version = PQserverVersion(link)
        guard version >= Self.oldestServer else {
            throw Self.unsuitable("is on a server of version '\(version / 10_000)', expected 13 or later", options)
        }
        let encoding = PQparameterStatus(link, "server_encoding").map { String(cString: $0) } ?? ""
        guard encoding == "UTF8" else {
            throw Self.unsuitable(
                "has the encoding '\(encoding)', expected UTF8 ('createdb --encoding UTF8 -T template0')",
                options
            )
        }
    }

    /// Nothing that is tried again can help.
    private static func unsuitable(_ what: String, _ options: Options, _ message: String = "") -> StorageError {
        StorageError(
            .unavailable,
            "The database '\(options.address)' \(what).",
            cause: PostgresReport(message: message.isEmpty ? what : message, sqlState: StorageError.unsuitable)
        )
    }

    /// Asks for what the `Database` port promises whatever the server's own settings are: commits that are on the disk,
    /// statements that end.
    private func setUp() throws {
        let milliseconds = options.statementTimeout.wholeMicroseconds / 1000
        let results = try exchange([
            .run(
                sql: """
                    SELECT set_config('statement_timeout', $1, false), set_config('timezone', 'UTC', false),
                        set_config('idle_in_transaction_session_timeout', '60000', false),
                        CASE WHEN current_setting('synchronous_commit') IN ('off', 'local')
                            THEN set_config('synchronous_commit', 'on', false) END,
                        CAST(pg_postmaster_start_time() AS TEXT) AS started, CAST(pid AS BIGINT) AS pid,
                        CAST(EXTRACT(EPOCH FROM backend_start) * 1000000 AS BIGINT) AS backend_start
                    FROM pg_stat_activity WHERE pid = pg_backend_pid()
                    """,
                try WireParameters([.text("\(milliseconds)")])
            )
        ])
        guard let row = results.first?.rows.first else { return }
        serverStart = try row.text("started")
        session = ServerSession(
            processID: try row.integer("pid"),
            startedAt: try row.integer("backend_start")
        )
    }

    /// Calls `body` with a list of C strings that ends with NULL.
    private static func withCStrings<T>(
        _ strings: [String],
        _ body: (UnsafePointer<UnsafePointer<CChar>?>?) -> T
    ) -> T {
        var bytes: [CChar] = []
        let places = strings.map { text in
            defer { bytes += text.utf8CString }
            return bytes.count
        }
        return bytes.withUnsafeBufferPointer { bytes in
            var list: [UnsafePointer<CChar>?] = places.map { bytes.baseAddress?.advanced(by: $0) }
            list.append(nil)
            return list.withUnsafeBufferPointer { body($0.baseAddress) }
        }
    }
}
