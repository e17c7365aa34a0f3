internal import CPostgres
internal import Environment
internal import Foundation
internal import Storage

/// A connection to the server. Belongs to one thread, which waits for the server here.
///
/// Commands travel in pipelines: what is known to follow one another (`BEGIN` and the first statement) goes out at once
/// and costs one trip to the server. The socket is non-blocking, so that the thread can wait for it, for the clock and
/// for its `waker` together.
final class PostgresConnection {
    /// What a connection is opened with.
    struct Options {
        var address: PostgresAddress
        var applicationName = "dragoman"
        var connectTimeout = Duration.seconds(5)
        /// After this time the server itself cancels a statement; zero: never.
        var statementTimeout = Duration.seconds(30)
        /// How long the server may be silent beyond the end of a statement's time before it counts as gone.
        var grace = Duration.seconds(5)
        /// How long the server may be silent before `watch` is asked about it, each time.
        var silence = Duration.seconds(2)
        /// Tells whether the server works on what was sent; nil: only the times above decide.
        var watch: ServerWatch?
        /// Largest result of a statement, in bytes of its values.
        var resultBytes = 256 << 20
    }

    /// How long an answer may be under way that the server has sent already.
    private static let transit = Duration.milliseconds(250)

    let options: Options
    /// When the server was started, which tells whether it is still the same one.
    var serverStart = ""
    /// The server's end of this; nil until it has said so.
    var session: ServerSession?
    /// When the server last gave an answer.
    private(set) var heardAt = ContinuousClock.now
    /// Whether the connection is of no use any more.
    private(set) var isBroken = false
    /// Whether what the thread does has become pointless. Looked at when the waker is used.
    var isInterrupted: () -> Bool = { false }
    var statements = StatementCache()

    let link: OpaquePointer
    private let waker: Waker
    /// Exchanges that nobody waited for (`post`): how many commands each had.
    private var posted: [Int] = []

    /// Takes over a connection that libpq has established.
    init(link: OpaquePointer, options: Options, waker: Waker) {
        self.link = link
        self.options = options
        self.waker = waker
    }

    deinit { PQfinish(link) }

    var address: PostgresAddress { options.address }

    // MARK: Exchanges

    /// Sends commands and waits for what each of them gives. After one that fails, the server passes over the rest.
    /// - Throws: `StorageError` for the command that failed; `CancellationError` once `isInterrupted`.
    func exchange(_ commands: [PostgresCommand]) throws -> [PostgresResult] {
        let deadline = deadline
        try send(commands, deadline)
        while let count = posted.first {
            for _ in 0..<count { try skip(deadline) }
            try readSync(deadline)
            posted.removeFirst()
        }
        var results: [PostgresResult] = []
        var failure: (any Error)?
        for command in commands {
            do {
                if let result = try read(command, deadline) { results.append(result) }
            } catch {
                guard !isBroken else { throw error }
                failure = failure ?? error
            }
        }
        try readSync(deadline)
        heardAt = .now
        statements.settle(commands.prefix(results.count))
        if let failure { throw failure }
        return results
    }

    /// Sends commands whose results nobody needs, and does not wait.
    func post(_ commands: [PostgresCommand]) throws {
        try send(commands, deadline)
        posted.append(commands.count)
    }

    private var deadline: ContinuousClock.Instant {
        let limit = options.statementTimeout
        return .now + (limit == .zero ? .seconds(86_400) : limit) + options.grace
    }

    private func send(_ commands: [PostgresCommand], _ deadline: ContinuousClock.Instant) throws {
        guard !isBroken else { throw lost() }
        for command in commands where !command.send(on: link) {
            guard PQstatus(link) == CONNECTION_OK else { throw lost() }
            // What has been sent of the pipeline cannot be taken back.
            isBroken = true
            throw StorageError(PostgresReport(message: errorMessage, sqlState: "42000"), at: address)
        }
        guard PQpipelineSync(link) == 1 else { throw lost() }
        while case let left = PQflush(link), left != 0 {
            guard left > 0 else { throw lost() }
            try wait(for: [.reading, .writing], until: deadline)
            guard PQconsumeInput(link) == 1 else { throw lost() }
        }
    }

    // MARK: Results

    /// What a command gave; nil if the server passed over it.
    private func read(_ command: PostgresCommand, _ deadline: ContinuousClock.Instant) throws -> PostgresResult? {
        // Row by row, so that a result that is too large is noticed before it fills the memory.
        _ = PQsetSingleRowMode(link)
        var gathered = PostgresResult()
        var (failure, isPassedOver): ((any Error)?, Bool) = (nil, false)
        while let result = try nextResult(deadline) {
            defer { PQclear(result) }
            switch PQresultStatus(result) {
            case PGRES_SINGLE_TUPLE, PGRES_TUPLES_OK, PGRES_COMMAND_OK:
                guard failure == nil else { continue }
                do { try gathered.add(result) } catch { failure = error }
                guard gathered.bytes <= options.resultBytes else { throw tooLarge() }
            case PGRES_PIPELINE_ABORTED: isPassedOver = true
            case PGRES_EMPTY_QUERY: break
            case PGRES_FATAL_ERROR: failure = failure ?? error(result, command)
            default:
                isBroken = true
                throw StorageError(.statement, "A statement copies data, which is not supported here.")
            }
        }
        if let failure { throw failure }
        return isPassedOver ? nil : gathered
    }

    private func skip(_ deadline: ContinuousClock.Instant) throws {
        while let result = try nextResult(deadline) { PQclear(result) }
    }

    private func readSync(_ deadline: ContinuousClock.Instant) throws {
        guard let result = try nextResult(deadline) else { throw lost() }
        defer { PQclear(result) }
        guard PQresultStatus(result) == PGRES_PIPELINE_SYNC else { throw lost() }
    }

    private func nextResult(_ deadline: ContinuousClock.Instant) throws -> OpaquePointer? {
        while PQisBusy(link) == 1 {
            try wait(for: .reading, until: deadline)
            guard PQconsumeInput(link) == 1 else { throw lost() }
        }
        guard let result = PQgetResult(link) else {
            guard PQstatus(link) == CONNECTION_OK else { throw lost() }
            return nil
        }
        return result
    }

    private func error(_ result: OpaquePointer, _ command: PostgresCommand) -> StorageError {
        let report = PostgresReport(result, sql: command.sql)
        let isOver = PQstatus(link) != CONNECTION_OK
        // The server says goodbye, or has lost what was prepared: a statement by that name, or the table as it was.
        if isOver || report.sqlState.hasPrefix("57P") || ["26000", "0A000"].contains(report.sqlState) {
            isBroken = true
        }
        return report.sqlState.isEmpty ? lost() : StorageError(report, at: address)
    }

    private func tooLarge() -> StorageError {
        isBroken = true
        return StorageError(
            .invalidValue,
            "A result has more than '\(options.resultBytes)' bytes, which is the most that is read at once."
        )
    }

    // MARK: Failing

    /// Marks the connection as broken.
    func lost() -> StorageError {
        isBroken = true
        return .connectionLost(errorMessage, at: address)
    }

    var errorMessage: String { String(cString: PQerrorMessage(link)).oneLine }

    /// Whether the connection, unused for a while, still seems good. Costs no trip to the server: one that is gone has
    /// closed the socket, and one that went silent has made the others suspect.
    var isAlive: Bool {
        if let watch = options.watch, !watch.isTrusted(heardAt: heardAt) {
            giveUp()
            return false
        }
        var watch = pollfd(fd: PQsocket(link), events: Int16(POLLIN), revents: 0)
        // A farewell is read first, and then the end that follows it.
        for _ in 0..<8 where !isBroken && poll(&watch, 1, 0) != 0 {
            if PQconsumeInput(link) != 1 || PQstatus(link) != CONNECTION_OK { isBroken = true }
        }
        return !isBroken
    }

    /// Waits for the socket.
    /// - Throws: `CancellationError` once `isInterrupted`; `.unavailable` when the time is over, or the connection dead.
    private func wait(for events: SocketEvents, until deadline: ContinuousClock.Instant) throws {
        var nextQuestion = ContinuousClock.now + options.silence
        while true {
            let end = options.watch == nil ? deadline : min(deadline, nextQuestion)
            switch SocketWait.wait(PQsocket(link), events, waker, until: end) {
            case .ready: return
            case .woken where isInterrupted():
                // The order to stop may reach the server only when it does something else: the connection goes with it.
                giveUp()
                throw CancellationError()
            case .woken: continue
            case .timedOut where end < deadline:
                if try isAnswered(events) { return }
                nextQuestion = .now + options.silence
            case .timedOut, .failed:
                giveUp()
                throw StorageError.connectionLost("no answer in time", at: address)
            }
        }
    }

    /// Finds out what becomes of a connection that is silent.
    /// - Returns: whether the socket is ready after all; otherwise the server works.
    /// - Throws: `.unavailable` if the connection is dead.
    private func isAnswered(_ events: SocketEvents) throws -> Bool {
        guard let watch = options.watch else { return false }
        // A server that does not even say hello need not be asked about.
        let verdict = session.map(watch.verdict) ?? .dead(reason: "the server does not speak")
        guard case .dead(let reason) = verdict else { return false }
        // The answer may have come in the very moment in which the server was asked.
        switch SocketWait.wait(PQsocket(link), events, Waker.none, until: .now + Self.transit) {
        case .ready: return true
        case .woken, .timedOut, .failed: break
        }
        watch.suspectOthers()
        giveUp()
        throw StorageError.connectionLost("no answer: \(reason)", at: address)
    }

    /// Marks the connection as broken, and has the server end what it still does for it.
    private func giveUp() {
        isBroken = true
        if let watch = options.watch, let session { watch.abandon(session) }
    }
}
