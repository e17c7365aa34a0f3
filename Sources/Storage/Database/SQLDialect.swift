internal import Environment

/// The few places where databases differ; everything else is SQL that all of them speak.
///
/// The common subset: `BIGINT` for numbers, times (microseconds since 1970 UTC), spans (microseconds) and truth (0, 1);
/// `TEXT` for ids and JSON; `CHECK`, `REFERENCES … ON DELETE CASCADE`, partial indexes; `WITH … AS MATERIALIZED`,
/// `INSERT … ON CONFLICT`, `RETURNING`; sums cast to `BIGINT`.
package enum SQLDialect: Sendable {
    case sqlite
    case postgres

    /// Ends a `SELECT` whose rows are about to be changed: rows that another transaction is changing are passed over.
    /// SQLite has one writer at a time and needs nothing.
    package var skipLocked: SQLStatement {
        switch self {
        case .sqlite: ""
        case .postgres: " FOR UPDATE SKIP LOCKED"
        }
    }

    /// Ends a `SELECT` whose rows must still be there when the transaction ends: others that would delete them wait.
    /// SQLite needs nothing, as above.
    package var keepingRows: SQLStatement {
        switch self {
        case .sqlite: ""
        case .postgres: " FOR KEY SHARE"
        }
    }

    /// Whether a parameter may hold many values (`SQLValue.texts`, `.integers`), which `unnest` makes rows of.
    package var hasArrays: Bool { self == .postgres }

    /// Follows an expression to say that it is one of some texts. Where there are arrays, the statement is the same
    /// however many there are, so that it is prepared once.
    package func isOneOf(_ texts: [String]) -> SQLStatement {
        hasArrays ? " = ANY(\(SQLValue.texts(texts)))" : " IN \(list: texts)"
    }

    /// Makes other transactions that run it wait, so that one process migrates at a time. SQLite's writes exclude each
    /// other anyway.
    package var migrationLock: SQLStatement? {
        switch self {
        case .sqlite: nil
        case .postgres: "SELECT pg_advisory_xact_lock(727061)"
        }
    }

    /// Gives a row if a table of that name is there, for databases that nothing has been done with yet.
    package func existence(ofTable name: String) -> SQLStatement {
        switch self {
        case .sqlite: "SELECT 1 AS one FROM sqlite_master WHERE type = 'table' AND name = \(name)"
        case .postgres: "SELECT 1 AS one WHERE to_regclass(\(name)) IS NOT NULL"
        }
    }

    /// How the nth parameter (from 1) is written.
    package func placeholder(_ number: Int) -> String {
        switch self {
        case .sqlite: "?"
        case .postgres: "$\(number)"
        }
    }
}
