internal import Storage

extension StorageError {
    /// A report in our words.
    init(_ report: PostgresReport, at address: PostgresAddress) {
        let (code, what) = Self.meaning(of: report, address)
        self.init(code, "The database '\(address)' \(what).", cause: report)
    }

    /// The connection is gone, or was never there.
    static func connectionLost(_ message: String, at address: PostgresAddress) -> StorageError {
        StorageError(PostgresReport(message: message, sqlState: "08006"), at: address)
    }

    /// Whether the connection went away, without a word of the server about it.
    var isConnectionLoss: Bool { (cause as? PostgresReport)?.sqlState == "08006" }

    /// Whether the connection became useless, by no fault of what was sent: it was lost, the server shut down, or it
    /// forgot what was prepared or the tables changed since.
    var isInterruption: Bool {
        let state = (cause as? PostgresReport)?.sqlState ?? ""
        return state.hasPrefix("08") || state.hasPrefix("57P") || state == "26000" || state == "0A000"
    }

    /// Whether trying to connect again cannot help before somebody changes something.
    var isLasting: Bool {
        guard let state = (cause as? PostgresReport)?.sqlState else { return true }
        return state.hasPrefix("28") || ["3D000", "42501", "55000", Self.unsuitable].contains(state)
    }

    /// For servers and databases that this program cannot work with. Private: PostgreSQL uses no class `DG`.
    static let unsuitable = "DG001"

    /// Codes by state, then by class, of PostgreSQL's appendix "Error Codes".
    private static func meaning(of report: PostgresReport, _ address: PostgresAddress) -> (Code, String) {
        switch report.sqlState {
        case "40001", "40P01": (.serialization, "had two transactions get in each other's way")
        case "53100": (.storageFull, "has no room left; make room on the server's disk")
        case "53300": (.unavailable, "has too many connections; raise its max_connections, or use fewer here")
        case "55P03", "57014": (.busy, "did not answer a statement in time and it was cancelled")
        case "57P01", "57P02", "57P03": (.unavailable, "is starting or shutting down")
        case "3D000": (.unavailable, "does not exist on that server; create it ('createdb')")
        case "42501": (.unavailable, "does not let \(user(address)) do this; grant the rights on its schema")
        case "25006": (.unavailable, "is read-only, perhaps a standby; expected a server that can be written")
        case "42P01", "42703", "3F000":
            (.schema, "lacks a table or column; bring its schema up to date ('dragoman migrate')")
        case "XX001", "XX002": (.corrupt, "is damaged; restore a backup")
        default: meaning(ofClass: report.sqlState.prefix(2), report, address)
        }
    }

    private static func meaning(
        ofClass name: Substring,
        _ report: PostgresReport,
        _ address: PostgresAddress
    ) -> (Code, String) {
        switch name {
        case "08": (.unavailable, "cannot be reached; expected a running server that accepts connections from here")
        case "22", "54": (.invalidValue, "cannot hold a value of that size or type")
        case "23": (.constraint, "refuses a row that breaks one of its rules")
        case "28":
            (
                .unavailable,
                "refuses \(user(address)); check the user, the password, sslmode, and the server's pg_hba.conf"
            )
        case "0A", "21", "25", "26", "2D", "34", "3B", "42", "44":
            (.statement, "does not understand a statement (SQLSTATE '\(report.sqlState)')")
        case "53": (.busy, "lacks memory or another resource (SQLSTATE '\(report.sqlState)')")
        default: (.unavailable, "failed (SQLSTATE '\(report.sqlState)')")
        }
    }

    private static func user(_ address: PostgresAddress) -> String {
        address.user.map { "the user '\($0)'" } ?? "this user"
    }
}
