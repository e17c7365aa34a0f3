import PostgreSQL
import Storage
import Testing

extension PostgresTests {
    /// Statements, values and results.
    @Suite struct StatementTests {
        @Test func manyDifferentStatements_leaveTheServerSmall() async throws {
            try await withDatabase(isMigrated: false) { address in
                let database = try TestServer.database(address, connections: 1)
                for count in 1...600 {
                    let numbers = Array(1...count)
                    for _ in 0..<2 {
                        let found = try await database.read {
                            try $0.query("SELECT CAST(1 AS BIGINT) AS one WHERE 1 IN \(list: numbers)").count
                        }
                        #expect(found == 1)
                    }
                }
                let row = try await database.read {
                    try $0.query("SELECT COUNT(*) AS n FROM pg_prepared_statements").first
                }
                #expect(try row?.count("n") ?? .max < 450)
                try await database.close()
            }
        }

        @Test func statementThatFailsEachTime_isNotPreparedAgainAndAgain() async throws {
            try await withDatabase(isMigrated: false) { address in
                let database = try TestServer.database(address, connections: 1)
                try await database.write { _ = try $0.execute("CREATE TABLE things (id BIGINT CHECK (id > 0))") }
                for _ in 0..<50 {
                    let error = await failure {
                        try await database.write { _ = try $0.execute("INSERT INTO things (id) VALUES (\(-1))") }
                    }
                    #expect(error?.code == .constraint)
                }
                let row = try await database.read {
                    try $0.query("SELECT COUNT(*) AS n FROM pg_prepared_statements").first
                }
                #expect(try row?.count("n") ?? .max < 10)
                try await database.close()
            }
        }

        @Test func valuesOfEveryKind_comeBackAsTheyWentIn() async throws {
            try await withDatabase(isMigrated: false) { address in
                let database = try TestServer.database(address)
                try await database.write {
                    _ = try $0.execute("CREATE TABLE things (i BIGINT, r DOUBLE PRECISION, t TEXT, b BYTEA)")
                }
                let samples: [(Int64, Double, String, [UInt8])] = [
                    (.min, -.greatestFiniteMagnitude, "", []),
                    (.max, .leastNonzeroMagnitude, "\u{1}\u{10FFFF}'\\", [0]),
                    (0, -0.0, String(repeating: "ß", count: 100_000), Array(0...255)),
                    (-1, .infinity, "$1", [0xFF, 0]),
                ]
                for (integer, real, text, bytes) in samples {
                    let row = try await database.write { connection in
                        try connection.query(
                            """
                            INSERT INTO things (i, r, t, b) VALUES (\(integer), \(real), \(text), \(bytes)) RETURNING *
                            """
                        ).first
                    }
                    #expect(try row?.integer("i") == integer)
                    #expect(try row?.real("r") == real)
                    #expect(try row?.text("t") == text)
                    #expect(try row?.blob("b") == bytes)
                }
                let nothing = try await database.write { connection in
                    let (text, bytes): (String?, [UInt8]?) = (nil, nil)
                    return try connection.query(
                        "INSERT INTO things (t, b) VALUES (\(text), \(bytes)) RETURNING i, r, t, b"
                    ).first
                }
                #expect(nothing?.values == [.null, .null, .null, .null])
                try await database.close()
            }
        }

        @Test func resultTooLarge_isRefusedAndTheNextOneIsNot() async throws {
            try await withDatabase(isMigrated: false) { address in
                let database = try TestServer.database(address) { $0.resultBytes = 1 << 20 }
                let statement: SQLStatement = "SELECT repeat('x', 1000) AS text FROM generate_series(1, 100000)"
                let error = await failure { _ = try await database.read { try $0.query(statement) } }
                #expect(error?.code == .invalidValue)
                let small = try await database.read { try $0.query("\(statement) LIMIT 100") }
                #expect(small.count == 100)
                try await database.close()
            }
        }

        @Test func columnOfAnotherType_isRefusedWithAHint() async throws {
            try await withDatabase(isMigrated: false) { address in
                let database = try TestServer.database(address)
                let error = await failure { _ = try await database.read { try $0.query("SELECT now() AS moment") } }
                #expect(error?.code == .statement)
                #expect(error?.message.contains("'moment'") == true)
                try await database.close()
            }
        }

        @Test func writeInARead_isRefused() async throws {
            try await withTwoDatabases(isMigrated: false) { database, _ in
                try await database.write { _ = try $0.execute("CREATE TABLE things (id BIGINT)") }
                let error = await failure {
                    _ = try await database.read { try $0.execute("INSERT INTO things VALUES (1)") }
                }
                #expect(error != nil)
                #expect(try await countThings(database) == 0)
            }
        }

        @Test func bodyThatSwallowsAFailure_isNotCommitted() async throws {
            try await withTwoDatabases(isMigrated: false) { database, _ in
                try await database.write { _ = try $0.execute("CREATE TABLE things (id BIGINT PRIMARY KEY)") }
                let error = await failure {
                    try await database.write { connection in
                        _ = try connection.execute("INSERT INTO things VALUES (1)")
                        _ = try? connection.execute("INSERT INTO things VALUES (1)")
                    }
                }
                #expect(error?.code == .constraint)
                #expect(try await countThings(database) == 0)
            }
        }
    }
}
