package import Environment

/// A row of a result. Columns are read by name; a column that is missing or of another type is an `.invalidValue` error,
/// never a trap: the file may have been written by anybody.
package struct SQLRow: Sendable {
    /// Places of the columns, shared by all rows of a result.
    package let columns: [String: Int]
    package let values: [SQLValue]

    package init(columns: [String: Int], values: [SQLValue]) {
        self.columns = columns
        self.values = values
    }

    /// The value of a column.
    package func value(_ column: String) throws -> SQLValue {
        guard let place = columns[column], values.indices.contains(place) else {
            throw StorageError(.statement, "A result has no column '\(column)'.")
        }
        return values[place]
    }

    package func text(_ column: String) throws -> String {
        guard case .text(let text) = try value(column) else { throw wrong(column, "text") }
        return text
    }

    package func optionalText(_ column: String) throws -> String? {
        try value(column) == .null ? nil : text(column)
    }

    package func integer(_ column: String) throws -> Int64 {
        guard case .integer(let integer) = try value(column) else { throw wrong(column, "an integer") }
        return integer
    }

    /// An integer as `Int`, the type of counts.
    package func count(_ column: String) throws -> Int { Int(try integer(column)) }

    package func time(_ column: String) throws -> Timestamp { Timestamp(microseconds: try integer(column)) }

    package func optionalTime(_ column: String) throws -> Timestamp? {
        try value(column) == .null ? nil : time(column)
    }

    package func span(_ column: String) throws -> Duration { .microseconds(try integer(column)) }

    package func blob(_ column: String) throws -> [UInt8] {
        guard case .blob(let bytes) = try value(column) else { throw wrong(column, "bytes") }
        return bytes
    }

    package func real(_ column: String) throws -> Double {
        guard case .real(let real) = try value(column) else { throw wrong(column, "a number") }
        return real
    }

    /// A text that is one of an enumeration's cases.
    package func choice<T: RawRepresentable<String>>(_ column: String, _ type: T.Type = T.self) throws -> T {
        guard let value = T(rawValue: try text(column)) else { throw wrong(column, "one of the known names") }
        return value
    }

    /// The error for a column that holds something else.
    package func wrong(_ column: String, _ expected: String) -> StorageError {
        StorageError(.invalidValue, "Column '\(column)' of the database does not hold \(expected).")
    }
}
