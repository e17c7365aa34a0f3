import Contracts
import Environment
import JobSystem
import Storage
import Testing

/// What survives when a server is killed at any moment.
struct CrashTests {
    private static let jobs = 300
    private static let kills = 8

    @Test func everyAcceptedJobEndsOnceThoughTheServerIsKilledAgainAndAgain() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/db.sqlite"
            let database = try SQLiteDatabase(path: path)
            try await Migrator(Schema.migrations).migrate(database)
            try await EndingsAudit.install(in: database)

            var lines: [String] = []
            for _ in 0..<Self.kills {
                lines += try await ProbeProcess.run(
                    ["work", path, "\(Self.jobs)"],
                    killAfterLines: .random(in: 1...200)
                )
            }
            #expect(lines.last != "done", "the server must not have finished before it was killed for the last time")
            lines += try await ProbeProcess.run(["work", path, "\(Self.jobs)"])
            #expect(lines.last == "done")

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
            print("crash test: \(Self.kills) kills, \(accepted.count) jobs, \(attempts) attempts")
            try await database.close()
        }
    }

    @Test func twoJobsThatKillWhoeverWorksOnThem_areGivenUp_andNoneOfTheOthersIsHarmed() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/db.sqlite"
            let database = try SQLiteDatabase(path: path)
            try await Migrator(Schema.migrations).migrate(database)
            try await EndingsAudit.install(in: database)
            var lives = 0
            var lines: [String] = []
            while lines.last != "done", lives < 20 {
                lines = try await ProbeProcess.run(["work", path, "502", "100", "300"])
                lives += 1
            }
            #expect(lives <= 7, "each of the two kills three workers at most")
            let store = SQLJobStore(database)
            let endings = try await EndingsAudit.endings(in: database)
            #expect(endings.count == 502 && endings.values.allSatisfy { $0 == 1 })
            try await PoisonAudit.check(Array(endings.keys), store)
            print("poison test: \(lives - 1) deaths")
            try await database.close()
        }
    }
}

/// Counts, by a trigger in the database itself, how often each job came to an end.
enum EndingsAudit {
    static func install(in database: any Database) async throws {
        try await database.write { connection in
            _ = try connection.execute("CREATE TABLE endings (job_id TEXT NOT NULL, state TEXT NOT NULL)")
            _ = try connection.execute(
                """
                CREATE TRIGGER count_endings AFTER UPDATE ON jobs
                WHEN new.ended_at IS NOT NULL AND (old.ended_at IS NULL OR old.state <> new.state)
                BEGIN INSERT INTO endings VALUES (new.id, new.state); END
                """
            )
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
