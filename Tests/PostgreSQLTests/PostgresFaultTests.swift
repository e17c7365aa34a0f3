import Contracts
import Environment
import Foundation
import PostgreSQL
import Storage
import Synchronization
import Testing

extension PostgresTests {
    /// What goes wrong with a server, and what callers see of it.
    @Suite struct FaultTests {
        /// Everything an error can end up as.
        private func texts(_ error: StorageError?) -> String {
            guard let error else { return "" }
            return "\(error) \(error.message) \(error.cause.map { "\($0)" } ?? "")"
        }

        // MARK: Servers that cannot be used

        @Test func wrongPassword_isSaidWithoutThePassword() async throws {
            let address = try TestServer.address("postgres") { $0.password = "not-the-password" }
            let database = try TestServer.database(address)
            let error = await failure { try await database.check() }
            #expect(error?.code == .unavailable)
            #expect(error?.message.contains("refuses the user 'dragoman'") == true)
            #expect(!texts(error).contains("not-the-password"))
            try await database.close()
        }

        @Test func missingDatabase_isSaid() async throws {
            let database = try TestServer.database(try TestServer.address("nowhere_to_be_found"))
            let error = await failure { try await database.check() }
            #expect(error?.code == .unavailable)
            #expect(error?.message.contains("does not exist on that server") == true)
            try await database.close()
        }

        @Test func serverThatIsNotThere_isSaidWhenTheTimeIsOver() async throws {
            // Port 1 answers nowhere.
            let address = try TestServer.address("postgres") { $0.port = 1 }
            let database = try TestServer.database(address) { $0.waitTimeout = .milliseconds(300) }
            let error = await failure { try await database.check() }
            #expect(error?.code == .unavailable)
            #expect(error?.message.contains("cannot be reached") == true)
            #expect(texts(error).contains("127.0.0.1:1"))
            try await database.close()
        }

        @Test func databaseOfAnotherEncoding_isRefused() async throws {
            try Administrator.run("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
            let database = try TestServer.database(try TestServer.address("latin"))
            let error = await failure { try await database.check() }
            #expect(error?.message.contains("has the encoding 'LATIN1', expected UTF8") == true)
            try await database.close()
            try Administrator.run("DROP DATABASE latin WITH (FORCE)")
        }

        @Test(.enabled(if: TestServer.authority != nil, "TEST_POSTGRES_CA is not set; 'make test' sets it."))
        func encryption_isAsTheAddressAsks() async throws {
            let authority = try #require(TestServer.authority)
            func isEncrypted(_ query: String) async throws -> Bool {
                let database = try TestServer.database(try TestServer.address("postgres") { $0.query = query })
                let rows: [SQLRow]
                do {
                    rows = try await database.read {
                        try $0.query("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
                    }
                } catch {
                    try await database.close()
                    throw error
                }
                try await database.close()
                return try rows.first?.integer("ssl") == 1
            }
            #expect(try await isEncrypted("sslmode=disable") == false)
            #expect(try await isEncrypted("sslmode=require"))
            #expect(try await isEncrypted("sslmode=verify-full&sslrootcert=\(authority)"))
            // An authority that did not sign the server's certificate.
            let stranger = FileManager.default.temporaryDirectory.appending(path: "no-authority-\(UUID()).crt")
            try Data().write(to: stranger)
            defer { try? FileManager.default.removeItem(at: stranger) }
            await #expect(throws: StorageError.self) {
                try await isEncrypted("sslmode=verify-full&sslrootcert=\(stranger.path)")
            }
        }

        // MARK: Connections that die

        @Test func idleConnectionThatWasClosed_isReplacedUnnoticed() async throws {
            try await withDatabase(isMigrated: false) { address in
                let database = try TestServer.database(address, connections: 1)
                let first = try await pid(database)
                try Administrator.run("SELECT pg_terminate_backend(\(first))", on: address)
                let second = try await pid(database)
                #expect(first != second)
                try await database.close()
            }
        }

        @Test func transactionWhoseConnectionIsKilled_isRunAgain() async throws {
            try await withDatabase(isMigrated: false) { address in
                let database = try TestServer.database(address)
                try await database.write { _ = try $0.execute("CREATE TABLE things (id BIGINT PRIMARY KEY)") }
                let pids = Recorder<Int64>()
                try await database.write { connection in
                    let row = try connection.query("SELECT CAST(pg_backend_pid() AS BIGINT) AS pid").first
                    _ = try connection.execute("INSERT INTO things (id) VALUES (1)")
                    if let pid = try row?.integer("pid"), pids.record(pid) == 1 {
                        try Administrator.run("SELECT pg_terminate_backend(\(pid))", on: address)
                    }
                    _ = try connection.execute("INSERT INTO things (id) VALUES (2)")
                }
                #expect(Set(pids.all).count == 2)
                #expect(try await countThings(database) == 2)
                try await database.close()
            }
        }

        @Test func bodyThatAlwaysLosesItsConnection_failsInTheEnd() async throws {
            try await withDatabase(isMigrated: false) { address in
                let database = try TestServer.database(address)
                let runs = Recorder<Void>()
                let error = await failure {
                    try await database.write { connection in
                        runs.record(())
                        _ = try connection.query(
                            "SELECT 1 AS one FROM (SELECT pg_terminate_backend(pg_backend_pid())) AS x"
                        )
                    }
                }
                #expect(error?.code == .unavailable)
                #expect((2...5).contains(runs.all.count))
                try await database.close()
            }
        }

        // MARK: Time

        @Test func statementThatTakesTooLong_isCancelledByTheServer() async throws {
            try await withDatabase(isMigrated: false) { address in
                let database = try TestServer.database(address) { $0.statementTimeout = .milliseconds(200) }
                let error = await failure {
                    _ = try await database.read { try $0.query("SELECT 1 AS one FROM (SELECT pg_sleep(60)) AS x") }
                }
                #expect(error?.code == .busy)
                #expect(error?.message.contains("did not answer a statement in time") == true)
                #expect(try await database.read { try $0.query("SELECT 1 AS one").count } == 1)
                try await database.close()
            }
        }

        @Test func readWhoseTaskIsCancelled_endsAtOnceAndIsStoppedOnTheServer() async throws {
            try await withDatabase(isMigrated: false) { address in
                let database = try TestServer.database(address)
                let read = Task {
                    try await database.read { try $0.query("SELECT 1 AS one FROM (SELECT pg_sleep(600)) AS x") }
                }
                try await untilTrue { try sleepers(address) == 1 }
                read.cancel()
                await #expect(throws: CancellationError.self) { try await read.value }
                try await untilTrue { try sleepers(address) == 0 }
                #expect(try await database.read { try $0.query("SELECT 1 AS one").count } == 1)
                try await database.close()
            }
        }

        @Test func callsThatFindNoFreeConnection_failWhenTheirTimeIsOver() async throws {
            try await withDatabase(isMigrated: false) { address in
                let database = try TestServer.database(address, connections: 2) { $0.waitTimeout = .milliseconds(300) }
                let sleepers = (0..<2).map { _ in
                    Task {
                        try await database.read { try $0.query("SELECT 1 AS one FROM (SELECT pg_sleep(600)) AS x") }
                    }
                }
                try await untilTrue { try self.sleepers(address) == 2 }
                let error = await failure { try await database.write { _ = try $0.execute("SELECT 1") } }
                #expect(error?.code == .busy)
                #expect(error?.message.contains("all '2' were in use") == true)
                for sleeper in sleepers { sleeper.cancel() }
                // Room again, for those who come now.
                try await untilTrue { (try? await database.check()) != nil }
                try await database.close()
            }
        }

        @Test func moreCallsThanMayWait_areRefusedAtOnce() async throws {
            try await withDatabase(isMigrated: false) { address in
                let database = try TestServer.database(address, connections: 1) { $0.waitingCalls = 3 }
                let codes = await withTaskGroup(of: StorageError.Code?.self) { group in
                    for _ in 0..<20 {
                        group.addTask {
                            await failure {
                                _ = try await database.read {
                                    try $0.query("SELECT 1 AS one FROM (SELECT pg_sleep(0.05)) AS x")
                                }
                            }?.code
                        }
                    }
                    return await group.reduce(into: []) { $0.append($1) }
                }
                #expect(codes.contains(.busy) && codes.contains(nil))
                #expect(codes.allSatisfy { $0 == nil || $0 == .busy })
                try await database.close()
            }
        }

        @Test func idleConnections_areClosedAfterAWhile() async throws {
            try await withDatabase(isMigrated: false) { address in
                let database = try TestServer.database(address) { $0.idleTimeout = .milliseconds(100) }
                try await database.check()
                #expect(database.connections == 1)
                try await untilTrue { database.connections == 0 }
                try await database.check()
                try await database.close()
            }
        }

        // MARK: Conflicts

        @Test func transactionsThatReadWhatOthersWrite_areAsIfOneCameAfterTheOther() async throws {
            try await withTwoDatabases(isMigrated: false) { first, second in
                try await first.write {
                    _ = try $0.execute("CREATE TABLE doctors (id BIGINT PRIMARY KEY, is_on_call BIGINT NOT NULL)")
                    _ = try $0.execute("INSERT INTO doctors VALUES (1, 1), (2, 1)")
                }
                let runs = Recorder<Int>()
                // Each may leave if the other stays. Together they would both leave, were they not kept apart.
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for (id, database) in [(1, first), (2, second)] {
                        group.addTask {
                            try await database.write { connection in
                                runs.record(id)
                                let row = try connection.query(
                                    "SELECT COUNT(*) AS n FROM doctors WHERE is_on_call = 1"
                                ).first
                                // Both have read before either writes, the first time.
                                _ = try connection.query("SELECT 1 AS one FROM (SELECT pg_sleep(0.2)) AS x")
                                guard try row?.count("n") == 2 else { return }
                                _ = try connection.execute("UPDATE doctors SET is_on_call = 0 WHERE id = \(id)")
                            }
                        }
                    }
                    try await group.waitForAll()
                }
                let row = try await first.read {
                    try $0.query("SELECT SUM(is_on_call)::BIGINT AS n FROM doctors").first
                }
                #expect(try row?.count("n") == 1)
                #expect(runs.all.count > 2, "a conflict was to happen, and one of them to be run again")
            }
        }

        @Test func manyThatAllGetInEachOthersWay_comeThrough() async throws {
            try await withTwoDatabases(isMigrated: false) { first, second in
                try await first.write {
                    _ = try $0.execute("CREATE TABLE things (id BIGINT PRIMARY KEY, amount BIGINT NOT NULL)")
                    _ = try $0.execute("INSERT INTO things VALUES (1, 0)")
                }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for number in 0..<60 {
                        let database = number % 2 == 0 ? first : second
                        group.addTask {
                            try await database.write { connection in
                                let row = try connection.query("SELECT amount FROM things WHERE id = 1").first
                                // Long enough for all connections to be here at once.
                                _ = try connection.query("SELECT 1 AS one FROM (SELECT pg_sleep(0.01)) AS x")
                                let amount = try row?.count("amount") ?? -1
                                _ = try connection.execute("UPDATE things SET amount = \(amount + 1) WHERE id = 1")
                            }
                        }
                    }
                    try await group.waitForAll()
                }
                let row = try await first.read { try $0.query("SELECT amount FROM things").first }
                #expect(try row?.count("amount") == 60)
            }
        }

        @Test func deadlock_isResolvedByRunningOneAgain() async throws {
            try await withTwoDatabases(isMigrated: false) { first, second in
                try await first.write {
                    _ = try $0.execute("CREATE TABLE things (id BIGINT PRIMARY KEY, amount BIGINT NOT NULL)")
                    _ = try $0.execute("INSERT INTO things VALUES (1, 0), (2, 0)")
                }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for (ids, database) in [([1, 2], first), ([2, 1], second)] {
                        group.addTask {
                            try await database.write(.perStatement) { connection in
                                for id in ids {
                                    _ = try connection.execute("UPDATE things SET amount = amount + 1 WHERE id = \(id)")
                                    _ = try connection.query("SELECT 1 AS one FROM (SELECT pg_sleep(0.1)) AS x")
                                }
                            }
                        }
                    }
                    try await group.waitForAll()
                }
                let row = try await first.read { try $0.query("SELECT SUM(amount)::BIGINT AS n FROM things").first }
                #expect(try row?.count("n") == 4)
            }
        }

        // MARK: Steps

        private func pid(_ database: PostgresDatabase) async throws -> Int64 {
            let row = try await database.read {
                try $0.query("SELECT CAST(pg_backend_pid() AS BIGINT) AS pid").first
            }
            return try #require(row).integer("pid")
        }

        /// Statements that sleep in the database.
        private func sleepers(_ address: String) throws -> Int {
            let rows = try Administrator.run(
                """
                SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND state = 'active'
                    AND query LIKE '%pg_sleep(600)%' AND pid <> pg_backend_pid()
                """,
                on: address
            )
            return rows.count
        }

        /// Looks again and again, for a minute at most.
        private func untilTrue(_ condition: () async throws -> Bool) async throws {
            let end = ContinuousClock.now + .seconds(60)
            while try await !condition() {
                try #require(ContinuousClock.now < end, "This was to happen within a minute.")
                try await Task.sleep(for: .milliseconds(20))
            }
        }
    }
}
