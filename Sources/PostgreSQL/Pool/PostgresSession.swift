internal import Environment
internal import Foundation
internal import Logging
internal import Storage

/// What one thread of the pool does: keeps a connection, and runs calls on it.
final class PostgresSession {
    private static let lossesForgiven = 3
    /// Conflicts after which a transaction waits for its turn.
    private static let conflictsAtLiberty = 3

    private let options: PostgresConnection.Options
    private let configuration: PostgresDatabase.Configuration
    private let gate: ConnectionGate
    private let environment: ServiceEnvironment
    private let logger: Logger
    private let waker = Waker()
    private var connection: PostgresConnection?

    init(
        _ options: PostgresConnection.Options,
        _ configuration: PostgresDatabase.Configuration,
        _ gate: ConnectionGate,
        _ environment: ServiceEnvironment,
        _ logger: Logger
    ) {
        self.options = options
        self.configuration = configuration
        self.gate = gate
        self.environment = environment
        self.logger = logger
    }

    /// Runs a call to its end, which its caller gets.
    func perform(_ call: any PostgresCall) {
        if case .read = call.mode { call.attach(waker) }
        defer { call.attach(nil) }
        // Asked only now: a cancellation from here on wakes.
        guard !call.isOver else { return }
        do {
            try attempts(call)
            call.succeed()
        } catch {
            call.fail(error)
        }
        connection?.isInterrupted = { false }
    }

    /// Runs the transaction until it succeeds, fails for good, or was tried often enough.
    private func attempts(_ call: any PostgresCall) throws {
        var (conflicts, losses, deadline) = (0, 0, call.deadline)
        while true {
            do {
                let connection = try connected(until: deadline, call)
                return try transaction(call, connection, inTurn: conflicts > Self.conflictsAtLiberty)
            } catch let error as StorageError where error.code == .serialization {
                guard conflicts < configuration.conflictRetries, !call.isOver else { throw error }
                conflicts += 1
                pause(afterConflict: conflicts)
            } catch {
                guard let loss = error as? PostgresTransaction.Interruption else { throw error }
                if loss.isCommitting, try wasCommitted(loss, call) { return }
                // Nothing of it has happened. A body that breaks connections must not go on forever.
                guard losses < Self.lossesForgiven, !call.isOver else { throw loss.cause }
                losses += 1
                deadline = max(deadline, .now + configuration.waitTimeout)
            }
        }
    }

    /// - Parameter inTurn: to let only one transaction at a time, of all processes, try again what keeps failing. Those who
    ///   get in each other's way then come through one by one, however many they are.
    private func transaction(_ call: any PostgresCall, _ connection: PostgresConnection, inTurn: Bool) throws {
        connection.isInterrupted = { [unowned call] in call.isOver }
        if inTurn { _ = try connection.exchange([.run("SELECT pg_advisory_lock(727062)")]) }
        defer {
            // A connection that is broken has let go of it.
            if inTurn { try? connection.post([.run("SELECT pg_advisory_unlock(727062)")]) }
        }
        let transaction = PostgresTransaction(connection, call.mode)
        do {
            try call.run(on: transaction)
        } catch {
            transaction.rollBack()
            // Whatever the body made of it, where the database is to blame it may be run again.
            throw transaction.passingFailure ?? error
        }
        try transaction.commit()
    }

    /// Waits a random time that grows, so that those who met do not meet again.
    private func pause(afterConflict number: Int) {
        let longest = min(100, 1 << min(number, 10))
        let share = Double(environment.random() >> 11) / Double(UInt64(1) << 53)
        Thread.sleep(forTimeInterval: Double(longest) * share / 1000)
    }

    // MARK: Connecting

    /// The connection, made anew if there is none that is good.
    private func connected(until deadline: ContinuousClock.Instant, _ call: any PostgresCall) throws
        -> PostgresConnection
    {
        if let connection, connection.isAlive { return connection }
        connection = nil
        while true {
            let opening = min(gate.opensAt, deadline)
            Thread.sleep(forTimeInterval: max(0, ContinuousClock.now.duration(to: opening) / .seconds(1)))
            do {
                let opened = try PostgresConnection.open(options(until: deadline), waker: waker)
                if gate.open() { logger.notice("the database is back", metadata: ["database": "\(options.address)"]) }
                connection = opened
                return opened
            } catch let error as StorageError {
                report(error, failures: gate.putOff())
                if error.isLasting || .now >= deadline || call.isOver { throw error }
            }
        }
    }

    /// With no more time for connecting than is left, and a second at least.
    private func options(until deadline: ContinuousClock.Instant) -> PostgresConnection.Options {
        var options = options
        let left = ContinuousClock.now.duration(to: deadline)
        options.connectTimeout = min(options.connectTimeout, max(left, .seconds(1)))
        return options
    }

    private func report(_ error: StorageError, failures: Int?) {
        guard failures == 1 else { return }
        let cause = error.cause.map { "\($0)" } ?? ""
        logger.warning("the database cannot be reached", metadata: ["error": "\(error)", "cause": "\(cause)"])
    }

    /// Closes the connection.
    func close() { connection = nil }

    // MARK: Lost confirmations

    /// Asks the server whether a transaction was committed.
    /// - Returns: false if nothing of it has happened.
    /// - Throws: `.unavailable` if that cannot be found out.
    private func wasCommitted(_ loss: PostgresTransaction.Interruption, _ call: any PostgresCall) throws -> Bool {
        let deadline = ContinuousClock.now + configuration.recoveryTimeout
        while .now < deadline {
            guard let connection = try? connected(until: deadline, call) else { break }
            guard let answer = try? state(of: loss.number, connection) else { continue }
            switch answer {
            case "aborted": return false
            // After a crash the server gives the numbers of what was never on its disk to others.
            case "committed" where connection.serverStart == loss.serverStart: return true
            case "in progress": Thread.sleep(forTimeInterval: 0.05)
            default: throw unknownOutcome(loss.cause)
            }
        }
        throw unknownOutcome(loss.cause)
    }

    private func state(of number: String, _ connection: PostgresConnection) throws -> String {
        let transaction = PostgresTransaction(connection, .read)
        do {
            let rows = try transaction.query("SELECT pg_xact_status(CAST(\(number) AS xid8)) AS state")
            try transaction.commit()
            return try rows.first?.optionalText("state") ?? ""
        } catch let error as StorageError where (error.cause as? PostgresReport)?.sqlState == "22023" {
            // A number that is yet to come: the server crashed before anything of it was on the disk.
            transaction.rollBack()
            return "aborted"
        }
    }

    private func unknownOutcome(_ cause: StorageError) -> StorageError {
        var error = StorageError(
            .unavailable,
            """
            The connection to the database '\(options.address)' was lost during a commit, and it is not known whether \
            that took place.
            """,
            cause: cause
        )
        error.mayHaveHappened = true
        return error
    }
}
