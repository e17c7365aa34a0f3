internal import CPostgres
internal import Storage

/// One step of an exchange with the server.
enum PostgresCommand {
    /// Runs a statement once.
    case run(sql: String, WireParameters)
    /// Has the server parse a statement for later.
    case prepare(name: String, sql: String, types: [Oid])
    /// Runs what was prepared.
    case execute(name: String, sql: String, WireParameters)

    /// A statement of ours without parameters.
    static func run(_ sql: String) -> PostgresCommand { .run(sql: sql, .none) }

    var sql: String {
        switch self {
        case .run(let sql, _), .prepare(_, let sql, _), .execute(_, let sql, _): sql
        }
    }

    /// Puts the command into libpq's buffer; false where libpq refuses it.
    func send(on link: OpaquePointer) -> Bool {
        switch self {
        case .run(let sql, let parameters):
            parameters.withArrays { values, lengths, formats in
                PQsendQueryParams(link, sql, parameters.count, parameters.types, values, lengths, formats, 1) == 1
            }
        case .prepare(let name, let sql, let types):
            PQsendPrepare(link, name, sql, Int32(truncatingIfNeeded: types.count), types) == 1
        case .execute(let name, _, let parameters):
            parameters.withArrays { values, lengths, formats in
                PQsendQueryPrepared(link, name, parameters.count, values, lengths, formats, 1) == 1
            }
        }
    }
}
