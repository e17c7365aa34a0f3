internal import Foundation
internal import GRDB

/// A GRDB connection as bodies see it.
struct SQLiteConnection: SQLConnection {
    let connection: GRDB.Database

    func query(_ statement: SQLStatement) throws -> [SQLRow] {
        let prepared = try prepare(statement)
        var columns: [String: Int] = [:]
        for (place, name) in prepared.columnNames.enumerated() { columns[name] = place }
        let rows = try Row.fetchCursor(prepared)
        var result: [SQLRow] = []
        while let row = try rows.next() {
            result.append(SQLRow(columns: columns, values: row.databaseValues.map(\.sqlValue)))
        }
        return result
    }

    @discardableResult
    func execute(_ statement: SQLStatement) throws -> Int {
        try prepare(statement).execute()
        return connection.changesCount
    }

    private func prepare(_ statement: SQLStatement) throws -> Statement {
        let arguments = try statement.parameters.map { value -> DatabaseValue? in
            switch value {
            case .null: return nil
            case .integer(let integer): return integer.databaseValue
            case .real(let real): return real.databaseValue
            case .blob(let bytes): return Data(bytes).databaseValue
            case .texts, .integers: throw StorageError(.invalidValue, "SQLite takes no arrays.")
            case .text(let text):
                // The driver would cut the text there.
                guard !text.utf8.contains(0) else {
                    throw StorageError(
                        .invalidValue,
                        "A text holds the character U+0000, which a database does not keep."
                    )
                }
                return text.databaseValue
            }
        }
        let prepared = try connection.cachedStatement(sql: statement.sql(.sqlite))
        try prepared.setArguments(StatementArguments(arguments))
        return prepared
    }
}

extension DatabaseValue {
    fileprivate var sqlValue: SQLValue {
        switch storage {
        case .null: .null
        case .int64(let integer): .integer(integer)
        case .double(let real): .real(real)
        case .string(let text): .text(text)
        case .blob(let data): .blob(Array(data))
        }
    }
}
