internal import CPostgres
internal import Storage

/// What a command gave: its rows, and how many rows it changed.
struct PostgresResult {
    private(set) var rows: [SQLRow] = []
    private(set) var changed = 0
    /// What the server says it did, such as `COMMIT`.
    private(set) var tag = ""
    private(set) var bytes = 0
    private var columns: [String: Int] = [:]
    private var types: [WireType] = []

    /// Adds the rows of one of libpq's results, which may be one of many.
    /// - Throws: `.statement` for a column of a type that has no place in the common subset of SQL.
    mutating func add(_ result: OpaquePointer) throws {
        if rows.isEmpty, PQntuples(result) > 0 { try readColumns(result) }
        for row in 0..<PQntuples(result) {
            let values = try types.enumerated().map { try value(result, row, Int32($0), $1) }
            rows.append(SQLRow(columns: columns, values: values))
        }
        tag = String(cString: PQcmdStatus(result))
        changed = Int(String(cString: PQcmdTuples(result))) ?? 0
    }

    private mutating func readColumns(_ result: OpaquePointer) throws {
        for column in 0..<PQnfields(result) {
            let name = PQfname(result, column).map { String(cString: $0) } ?? ""
            guard let type = WireType(rawValue: PQftype(result, column)) else {
                throw StorageError(
                    .statement,
                    "Column '\(name)' has the type '\(PQftype(result, column))', expected a cast to BIGINT or TEXT."
                )
            }
            columns[name] = Int(column)
            types.append(type)
        }
    }

    private mutating func value(_ result: OpaquePointer, _ row: Int32, _ column: Int32, _ type: WireType) throws
        -> SQLValue
    {
        guard PQgetisnull(result, row, column) == 0, let start = PQgetvalue(result, row, column) else { return .null }
        let length = Int(PQgetlength(result, row, column))
        bytes += length
        return try type.value(UnsafeRawBufferPointer(start: start, count: length))
    }
}
