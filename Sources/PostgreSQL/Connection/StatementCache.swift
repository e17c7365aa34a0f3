internal import Storage

/// Which statements a connection has prepared. A statement is prepared when it is run for the second time, since many,
/// such as lists of ids, are run once.
struct StatementCache {
    private enum Entry {
        case seen
        case prepared(name: String)
    }

    private static let capacity = 400

    private var entries: [String: Entry] = [:]
    private var nextNumber = 0

    /// Whether it is time to forget everything, here (`removeAll`) and on the server (`DEALLOCATE ALL`).
    var isFull: Bool { entries.count >= Self.capacity }

    mutating func removeAll() { entries = [:] }

    /// The commands that run a statement.
    /// - Throws: `.invalidValue` for parameters that cannot be sent.
    mutating func commands(for statement: SQLStatement) throws -> [PostgresCommand] {
        let sql = statement.sql(.postgres)
        let parameters = try WireParameters(statement.parameters)
        let key = Self.key(sql, parameters.types)
        switch entries[key] {
        case .prepared(let name):
            return [.execute(name: name, sql: sql, parameters)]
        case .seen:
            nextNumber += 1
            let name = "s\(nextNumber)"
            return [
                .prepare(name: name, sql: sql, types: parameters.types), .execute(name: name, sql: sql, parameters),
            ]
        case nil:
            // Beyond the capacity, until the transaction is over, nothing new is remembered.
            if !isFull { entries[key] = .seen }
            return [.run(sql: sql, parameters)]
        }
    }

    /// Notes what the server has prepared.
    mutating func settle(_ succeeded: some Sequence<PostgresCommand>) {
        for case .prepare(let name, let sql, let types) in succeeded {
            entries[Self.key(sql, types)] = .prepared(name: name)
        }
    }

    /// A statement is parsed anew where NULL takes another value's place, for its types may differ then.
    private static func key(_ sql: String, _ types: [UInt32]) -> String {
        sql + "\u{0}" + types.map { String($0) }.joined(separator: ",")
    }
}
