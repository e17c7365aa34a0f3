internal import Storage

/// One transaction, as its body sees it. Nothing is sent before the first statement.
final class PostgresTransaction: SQLConnection {
    /// What a transaction is for.
    enum Mode: Sendable {
        case read
        case write(TransactionIsolation)

        var begin: SQLStatement {
            switch self {
            case .read: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
            case .write(.serial): "BEGIN ISOLATION LEVEL SERIALIZABLE READ WRITE"
            case .write(.perStatement): "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
            }
        }
    }

    /// The connection went away.
    struct Interruption: Error {
        let cause: StorageError
        /// Whether that was while the server was to commit, so that it may have done so. Otherwise nothing has
        /// happened.
        let isCommitting: Bool
        /// The transaction's number, by which the server can be asked.
        let number: String
        /// When that server was started.
        let serverStart: String
    }

    private let connection: PostgresConnection
    private let mode: Mode
    private var hasBegun = false
    private var number = ""
    /// The first failure: the server ignores what follows it.
    private var failure: (any Error)?

    init(_ connection: PostgresConnection, _ mode: Mode) {
        self.connection = connection
        self.mode = mode
    }

    func query(_ statement: SQLStatement) throws -> [SQLRow] { try run(statement)?.rows ?? [] }

    @discardableResult
    func execute(_ statement: SQLStatement) throws -> Int { try run(statement)?.changed ?? 0 }

    private func run(_ statement: SQLStatement) throws -> PostgresResult? {
        if let failure { throw failure }
        do {
            let opening = hasBegun ? [] : try opening()
            let commands = try opening + connection.statements.commands(for: statement)
            hasBegun = true
            let results = try connection.exchange(commands)
            // The opening of a write ends with the question for its number.
            if !opening.isEmpty, let row = results[opening.count - 1].rows.first { number = try row.text("number") }
            return results.last
        } catch {
            failure = error
            throw error
        }
    }

    private func opening() throws -> [PostgresCommand] {
        if connection.statements.isFull {
            connection.statements.removeAll()
            try connection.post([.run("DEALLOCATE ALL")])
        }
        let commands = try connection.statements.commands(for: mode.begin)
        guard case .write = mode else { return commands }
        let number: SQLStatement = "SELECT CAST(pg_current_xact_id() AS TEXT) AS number"
        return commands + (try connection.statements.commands(for: number))
    }

    /// The failure of a statement after which the transaction may be run again: a conflict, or an `Interruption`.
    var passingFailure: (any Error)? {
        guard let failure = failure as? StorageError else { return nil }
        if failure.code == .serialization { return failure }
        return failure.isInterruption ? interruption(failure, isCommitting: false) : nil
    }

    private func interruption(_ cause: StorageError, isCommitting: Bool) -> Interruption {
        Interruption(
            cause: cause,
            isCommitting: isCommitting,
            number: number,
            serverStart: connection.serverStart
        )
    }

    /// Makes the transaction durable.
    /// - Throws: `Interruption`; `StorageError`, also that of a statement that failed without the body minding.
    func commit() throws {
        if let failure {
            rollBack()
            throw passingFailure ?? failure
        }
        guard hasBegun else { return }
        guard case .write = mode else {
            // What was read has been read, whatever comes of this.
            try? connection.post([.run("COMMIT")])
            return
        }
        do {
            let results = try connection.exchange(connection.statements.commands(for: "COMMIT"))
            guard results.last?.tag == "COMMIT" else {
                throw StorageError(.statement, "A transaction that had failed was to be committed.")
            }
        } catch let error as StorageError where error.isInterruption {
            // What the server itself said about it came instead of the commit.
            throw interruption(error, isCommitting: error.isConnectionLoss)
        }
    }

    /// Undoes the transaction.
    func rollBack() {
        guard hasBegun, !connection.isBroken else { return }
        // If it cannot be sent, the connection is broken, and the server undoes the transaction by itself.
        try? connection.post([.run("ROLLBACK")])
    }
}
