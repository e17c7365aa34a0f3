internal import JobSystem
package import Storage
internal import Testing

/// What every `Database` promises. `database` and `other` are the same database, as two processes would have it; empty at
/// first.
package struct DatabaseContract: Sendable {
    let database: any Database
    let other: any Database

    package init(database: any Database, other: any Database) {
        self.database = database
        self.other = other
    }

    private struct Refusal: Error {}

    func makeTable() async throws {
        try await database.write { connection in
            _ = try connection.execute(
                "CREATE TABLE things (id BIGINT NOT NULL PRIMARY KEY, name TEXT, amount BIGINT CHECK (amount >= 0))"
            )
        }
    }

    func count() async throws -> Int {
        try await other.read { try $0.query("SELECT COUNT(*) AS n FROM things").first?.count("n") ?? -1 }
    }

    /// Its references are checked when the transaction is committed.
    private static let partsTable: SQLStatement = """
        CREATE TABLE parts (
            id BIGINT NOT NULL,
            thing BIGINT NOT NULL REFERENCES things (id) DEFERRABLE INITIALLY DEFERRED
        )
        """

    /// Inserts a part and its thing; every fifth refuses to, and every seventh leaves the thing out.
    private func insertPart(_ id: Int) async throws -> Int {
        try await database.write { connection in
            if id % 5 == 0 { throw Refusal() }
            _ = try connection.execute("INSERT INTO parts (id, thing) VALUES (\(id), \(id))")
            if id % 7 != 0 { _ = try connection.execute("INSERT INTO things (id) VALUES (\(id))") }
            return id
        }
    }

    package static let cases: [ContractCase<DatabaseContract>] = [
        ContractCase("values come back as they went in") { suite async throws in
            try await suite.makeTable()
            let texts = JobStoreContract.hostileTexts + [""]
            for (id, text) in texts.enumerated() {
                let amount = id == 0 ? Int64.max : Int64(id)
                try await suite.database.write { connection throws in
                    let statement: SQLStatement = """
                        INSERT INTO things (id, name, amount) VALUES (\(id), \(text), \(amount))
                        """
                    #expect(try connection.execute(statement) == 1)
                }
                let row = try await suite.other.read {
                    try $0.query("SELECT * FROM things WHERE name = \(text)").first
                }
                #expect(try row?.text("name") == text)
                #expect(try row?.integer("amount") == amount)
            }
            try await suite.database.write {
                _ = try $0.execute("INSERT INTO things (id, name) VALUES (\(-1), \(String?.none))")
            }
            let row = try await suite.other.read { try $0.query("SELECT * FROM things WHERE id = -1").first }
            #expect(try row?.optionalText("name") == nil)
        },
        ContractCase("a text with U+0000 is refused") { suite async throws in
            try await suite.makeTable()
            let error = await #expect(throws: StorageError.self) {
                try await suite.database.write { connection in
                    _ = try connection.execute("INSERT INTO things (id, name) VALUES (1, \("a\0b"))")
                }
            }
            #expect(error?.code == .invalidValue)
        },
        ContractCase("what a body throws undoes all of it and nothing else") { suite async throws in
            try await suite.makeTable()
            await withTaskGroup(of: Void.self) { group in
                for id in 0..<100 {
                    group.addTask {
                        try? await suite.database.write { connection in
                            _ = try connection.execute("INSERT INTO things (id) VALUES (\(id))")
                            _ = try connection.execute("INSERT INTO things (id) VALUES (\(id + 1000))")
                            if id % 2 == 1 { throw Refusal() }
                        }
                    }
                }
            }
            let ids = try await suite.other.read { try $0.query("SELECT id FROM things").map { try $0.count("id") } }
            #expect(Set(ids) == Set((0..<100).filter { $0 % 2 == 0 }.flatMap { [$0, $0 + 1000] }))
        },
        ContractCase("a broken constraint is said so, and others that write then are not hurt") { suite async throws in
            try await suite.makeTable()
            let codes = Recorder<StorageError.Code>()
            await withTaskGroup(of: Void.self) { group in
                for id in 0..<50 {
                    group.addTask {
                        do {
                            try await suite.database.write { connection in
                                let amount = id % 5 == 0 ? -1 : 1
                                _ = try connection.execute("INSERT INTO things (id, amount) VALUES (\(id), \(amount))")
                            }
                        } catch let error as StorageError {
                            codes.record(error.code)
                        } catch {}
                    }
                }
            }
            #expect(codes.all == Array(repeating: .constraint, count: 10))
            #expect(try await suite.count() == 40)
        },
        ContractCase("a write that cannot be committed fails alone") { suite async throws in
            try await suite.makeTable()
            try await suite.database.write { _ = try $0.execute(partsTable) }
            let succeeded = await withTaskGroup(of: Int?.self) { group in
                for id in 1...200 { group.addTask { try? await suite.insertPart(id) } }
                return await group.reduce(into: Set<Int>()) { if let id = $1 { $0.insert(id) } }
            }
            let expected = (1...200).filter { $0 % 5 != 0 && $0 % 7 != 0 }
            #expect(succeeded == Set(expected))
            #expect(try await suite.count() == expected.count)
        },
        ContractCase("two processes count together without losing a step") { suite async throws in
            try await suite.makeTable()
            try await suite.database.write { _ = try $0.execute("INSERT INTO things (id, amount) VALUES (1, 0)") }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<100 {
                    let database = number % 2 == 0 ? suite.database : suite.other
                    group.addTask {
                        try await database.write { connection in
                            let row = try connection.query("SELECT amount FROM things WHERE id = 1").first
                            let amount = try row?.count("amount") ?? -1
                            _ = try connection.execute("UPDATE things SET amount = \(amount + 1) WHERE id = 1")
                        }
                    }
                }
                try await group.waitForAll()
            }
            let row = try await suite.other.read { try $0.query("SELECT amount FROM things").first }
            #expect(try row?.count("amount") == 100)
        },
        ContractCase("a body that reports a serialization failure is run again") { suite async throws in
            try await suite.makeTable()
            let runs = Recorder<Void>()
            try await suite.database.write { connection in
                _ = try connection.execute("INSERT INTO things (id) VALUES (1)")
                if runs.record(()) == 1 { throw StorageError(.serialization, "Once more.") }
            }
            #expect(runs.all.count == 2)
            #expect(try await suite.count() == 1)
        },
        ContractCase("a write whose task is cancelled is carried out") { suite async throws in
            try await suite.makeTable()
            let write = Task {
                try await suite.database.write { _ = try $0.execute("INSERT INTO things (id) VALUES (1)") }
            }
            write.cancel()
            try await write.value
            #expect(try await suite.count() == 1)
        },
        ContractCase("an interpolated value is never SQL") { suite async throws in
            try await suite.makeTable()
            let hostile = "1); DROP TABLE things; --"
            let statement: SQLStatement = "SELECT \(hostile) AS text WHERE 'a' IN \(list: ["a", hostile])"
            let row = try await suite.database.read { try $0.query(statement).first }
            #expect(try row?.text("text") == hostile)
            #expect(try await suite.count() == 0)
        },
        ContractCase("after closing, calls fail") { suite async throws in
            try await suite.makeTable()
            try await suite.database.close()
            await #expect(throws: StorageError.self) { try await suite.database.write { _ in } }
            await #expect(throws: StorageError.self) { try await suite.database.read { _ in } }
        },
    ]
}
