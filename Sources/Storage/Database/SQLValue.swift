package import Environment
package import JobSystem

/// A value in a column or a parameter.
///
/// Text must not hold U+0000, which neither database keeps; drivers refuse it.
package enum SQLValue: Hashable, Sendable {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)
    case blob([UInt8])
    /// Many values in one parameter, where `SQLDialect.hasArrays`.
    case texts([String?])
    case integers([Int64?])
}

extension SQLValue {
    /// The text of a value that is one or NULL.
    var asText: String? {
        guard case .text(let text) = self else { return nil }
        return text
    }

    /// The number of a value that is one or NULL.
    var asInteger: Int64? {
        guard case .integer(let integer) = self else { return nil }
        return integer
    }
}

/// What can be a parameter of a statement.
package protocol SQLValueConvertible {
    var sqlValue: SQLValue { get }
}

extension SQLValue: SQLValueConvertible { package var sqlValue: SQLValue { self } }
extension Int64: SQLValueConvertible { package var sqlValue: SQLValue { .integer(self) } }
extension Int: SQLValueConvertible { package var sqlValue: SQLValue { .integer(Int64(self)) } }
extension Bool: SQLValueConvertible { package var sqlValue: SQLValue { .integer(self ? 1 : 0) } }
extension Double: SQLValueConvertible { package var sqlValue: SQLValue { .real(self) } }
extension String: SQLValueConvertible { package var sqlValue: SQLValue { .text(self) } }
extension [UInt8]: SQLValueConvertible { package var sqlValue: SQLValue { .blob(self) } }
extension Timestamp: SQLValueConvertible { package var sqlValue: SQLValue { .integer(microseconds) } }
extension Duration: SQLValueConvertible { package var sqlValue: SQLValue { .integer(wholeMicroseconds) } }
extension JobID: SQLValueConvertible { package var sqlValue: SQLValue { .text(text) } }
extension JobState: SQLValueConvertible { package var sqlValue: SQLValue { .text(rawValue) } }
extension PriorityClass: SQLValueConvertible { package var sqlValue: SQLValue { .text(rawValue) } }
