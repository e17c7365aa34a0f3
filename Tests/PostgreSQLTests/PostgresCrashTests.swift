import Contracts
import Environment
import Foundation
import JobSystem
import PostgreSQL
import Storage
import Testing

extension PostgresTests {
    /// What survives when workers and the server are killed at any moment.
    @Suite struct CrashTests {
        private static let jobs = 300

        @Test func everyAcceptedJobEndsOnceThoughTwoWorkersAreKilledAgainAndAgain() async throws {
            try await withDatabase { address in
                let database = try TestServer.database(address)
                try await EndingsAudit.install(in: database)
                let lines = try await withThrowingTaskGroup(of: [String].self) { group in
                    for _ in 0..<2 {
                        group.addTask {
                            var lines: [String] = []
                            for _ in 0..<4 {
                                lines += try await ProbeProcess.run(
                                    ["work", address, "\(Self.jobs)"],
                                    killAfterLines: .random(in: 1...120)
                                )
                            }
                            return lines + (try await ProbeProcess.run(["work", address, "\(Self.jobs)"]))
                        }
                    }
                    return try await group.reduce(into: []) { $0 += $1 }
                }
                #expect(lines.count { $0 == "done" } >= 2)
                try await audit(lines, database)
                try await database.close()
            }
        }

        @Test func twoJobsThatKillWhoeverWorksOnThem_areGivenUp_andNoneOfTheOthersIsHarmed() async throws {
            try await withDatabase { address in
                let database = try TestServer.database(address)
                try await EndingsAudit.install(in: database)
                let deaths = try await withThrowingTaskGroup(of: Int.self) { group in
                    for _ in 0..<2 {
                        group.addTask {
                            var (lives, last) = (0, "")
                            while last != "done", lives < 20 {
                                last = try await ProbeProcess.run(["work", address, "502", "100", "300"]).last ?? ""
                                lives += 1
                            }
                            return lives - 1
                        }
                    }
                    return try await group.reduce(0, +)
                }
                #expect(deaths <= 6, "each of the two kills three workers at most")
                let endings = try await EndingsAudit.endings(in: database)
                #expect(endings.count == 502 && endings.values.allSatisfy { $0 == 1 })
                try await PoisonAudit.check(Array(endings.keys), SQLJobStore(database))
                print("poison test on PostgreSQL: \(deaths) deaths")
                try await database.close()
            }
        }

        @Test(arguments: [false, true])
        func everyAcceptedJobEndsOnceThoughTheServerIsRestarted(byKillingIt isKilled: Bool) async throws {
            try await PrivateService.run("postgres") { server in
                let database = try TestServer.database(server.url) { $0.waitTimeout = .seconds(30) }
                try await Migrator(Schema.migrations).migrate(database)
                try await EndingsAudit.install(in: database)
                async let worked = ProbeProcess.run(["work", server.url, "\(Self.jobs)"])
                for part in 1...3 {
                    try await untilEnded(Self.jobs * part / 5, database)
                    if isKilled { try await server.crash() } else { try await server.restart() }
                }
                // Whoever was not told what became of a submission submits again.
                let lines = try await worked + ProbeProcess.run(["work", server.url, "\(Self.jobs)"])
                #expect(lines.last == "done")
                try await audit(lines, database)
                try await database.close()
            }
        }

        /// Every job that was accepted has ended once, with its own result, and all were accepted.
        private func audit(_ lines: [String], _ database: PostgresDatabase) async throws {
            let store = SQLJobStore(database)
            let accepted = Set(lines.filter { $0.hasPrefix("accepted ") }.compactMap { JobID(String($0.dropFirst(9))) })
            #expect(accepted.count == Self.jobs)
            for id in accepted {
                let job = try #require(try await store.job(id))
                #expect(job.state == .completed)
                #expect(try await store.result(of: id) == SimulatedHandler.result(of: id))
            }
            let endings = try await EndingsAudit.endings(in: database)
            #expect(Set(endings.keys) == accepted && endings.values.allSatisfy { $0 == 1 })
            let attempts = lines.filter { $0.hasPrefix("claimed ") }.count
            print("crash test on PostgreSQL: \(accepted.count) jobs, \(attempts) attempts")
        }

        private func untilEnded(_ count: Int, _ database: PostgresDatabase) async throws {
            let store = SQLJobStore(database)
            let end = ContinuousClock.now + .seconds(60)
            while try await store.counts().filter({ $0.state.hasEnded }).reduce(0, { $0 + $1.jobs }) < count {
                try #require(ContinuousClock.now < end, "Jobs were to end within a minute.")
                try await Task.sleep(for: .milliseconds(20))
            }
        }
    }
}

/// Counts, by a trigger in the database itself, how often each job came to an end.
private enum EndingsAudit {
    static func install(in database: any Database) async throws {
        try await database.write { connection in
            for statement: SQLStatement in [
                "CREATE TABLE endings (job_id TEXT NOT NULL, state TEXT NOT NULL)",
                """
                CREATE FUNCTION count_ending() RETURNS trigger LANGUAGE plpgsql AS
                'BEGIN INSERT INTO endings VALUES (new.id, new.state); RETURN NULL; END'
                """,
                """
                CREATE TRIGGER count_endings AFTER UPDATE ON jobs FOR EACH ROW
                WHEN (new.ended_at IS NOT NULL AND (old.ended_at IS NULL OR old.state <> new.state))
                EXECUTE FUNCTION count_ending()
                """,
            ] { try connection.execute(statement) }
        }
    }

    static func endings(in database: any Database) async throws -> [JobID: Int] {
        let rows = try await database.read {
            try $0.query("SELECT job_id, COUNT(*) AS n FROM endings GROUP BY job_id")
        }
        return try rows.reduce(into: [:]) { endings, row in
            endings[try #require(JobID(try row.text("job_id")))] = try row.count("n")
        }
    }
}
