/// A statement with its parameters, written as a string literal.
///
/// What is interpolated becomes a parameter, never SQL:
///
///     connection.query("SELECT state FROM jobs WHERE id = \(id)")
///
/// Only another `SQLStatement` (`\(columns)`) is inserted as SQL, and those come from literals too.
package struct SQLStatement: Hashable, Sendable, ExpressibleByStringInterpolation {
    /// SQL between the parameters: one piece more than there are parameters.
    package private(set) var pieces: [String]
    package private(set) var parameters: [SQLValue]

    package init(stringLiteral value: StaticString) {
        pieces = [value.description]
        parameters = []
    }

    package init(stringInterpolation: StringInterpolation) {
        pieces = stringInterpolation.pieces
        parameters = stringInterpolation.parameters
    }

    package struct StringInterpolation: StringInterpolationProtocol {
        var pieces = [""]
        var parameters: [SQLValue] = []

        package init(literalCapacity: Int, interpolationCount: Int) {
            pieces[0].reserveCapacity(literalCapacity)
            parameters.reserveCapacity(interpolationCount)
        }

        package mutating func appendLiteral(_ literal: StaticString) { append(literal.description) }

        package mutating func appendInterpolation(_ value: SQLValue) {
            parameters.append(value)
            pieces.append("")
        }

        package mutating func appendInterpolation(_ value: (any SQLValueConvertible)?) {
            appendInterpolation(value?.sqlValue ?? .null)
        }

        /// `(?, ?, …)`, for `IN`. An empty list becomes `(NULL)`, in which nothing is.
        package mutating func appendInterpolation(list values: [any SQLValueConvertible]) {
            append("(")
            for (index, value) in values.enumerated() {
                if index > 0 { append(", ") }
                appendInterpolation(value.sqlValue)
            }
            append(values.isEmpty ? "NULL)" : ")")
        }

        /// Statements with commas between them.
        package mutating func appendInterpolation(joined statements: [SQLStatement]) {
            for (index, statement) in statements.enumerated() {
                if index > 0 { append(", ") }
                appendInterpolation(statement)
            }
        }

        package mutating func appendInterpolation(_ statement: SQLStatement) {
            append(statement.pieces[0])
            parameters += statement.parameters
            pieces += statement.pieces.dropFirst()
        }

        private mutating func append(_ sql: String) { pieces[pieces.count - 1] += sql }
    }

    /// The SQL as a dialect writes it.
    package func sql(_ dialect: SQLDialect) -> String {
        var sql = pieces[0]
        for (number, piece) in pieces.dropFirst().enumerated() {
            sql += dialect.placeholder(number + 1)
            sql += piece
        }
        return sql
    }

    package static func + (left: SQLStatement, right: SQLStatement) -> SQLStatement { "\(left)\(right)" }
}
