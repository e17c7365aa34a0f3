internal import CPostgres

/// What the server, or libpq, said about a failure. For logs: it holds names of the schema, and no values of rows.
struct PostgresReport: Error, CustomStringConvertible {
    /// Five characters of PostgreSQL's appendix "Error Codes"; empty where libpq itself failed.
    var sqlState = ""
    var message: String
    var constraint = ""
    /// The statement that failed; empty where none did.
    var sql = ""

    init(message: String, sqlState: String = "") {
        self.message = message
        self.sqlState = sqlState
    }

    /// Reads an error result. Its detail is left out, since it quotes rows.
    init(_ result: OpaquePointer, sql: String) {
        func field(_ code: Character) -> String {
            guard let ascii = code.asciiValue, let text = PQresultErrorField(result, Int32(ascii)) else { return "" }
            return String(cString: text)
        }
        sqlState = field("C")
        message = field("M")
        constraint = field("n")
        self.sql = sql
        if message.isEmpty { message = String(cString: PQresultErrorMessage(result)).oneLine }
    }

    var description: String {
        var text = sqlState.isEmpty ? message : "\(sqlState): \(message)"
        if !constraint.isEmpty { text += " (\(constraint))" }
        if !sql.isEmpty { text += " in: \(sql.oneLine.prefix(500))" }
        return text
    }
}

extension String {
    /// The text with its lines joined.
    var oneLine: String { split(whereSeparator: \.isWhitespace).joined(separator: " ") }
}
