import Contracts
import Environment
import Foundation
import JobSystem
import Storage
import Synchronization
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

/// `JobProbe` as a child process.
enum ProbeProcess {
    private final class Output: Sendable {
        private let bytes = Mutex<[UInt8]>([])

        /// Adds what was read and returns the number of whole lines so far.
        func add(_ data: Data) -> Int {
            bytes.withLock { bytes in
                bytes += data
                return bytes.count { $0 == 0x0A }
            }
        }

        var lines: [String] {
            // What follows the last line feed was cut off by the kill.
            bytes.withLock { bytes in
                bytes.split(separator: 0x0A, omittingEmptySubsequences: false).dropLast()
                    .map { String(decoding: $0, as: UTF8.self) }
            }
        }
    }

    /// Runs it to its end, or until SIGKILL after so many lines of output, and returns the lines.
    static func run(_ arguments: [String], killAfterLines limit: Int? = nil) async throws -> [String] {
        let process = Process()
        process.executableURL = try executable()
        process.arguments = arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        let output = Output()
        let exit = AsyncStream.makeStream(of: Void.self)
        process.terminationHandler = { _ in exit.continuation.finish() }
        try process.run()
        let pid = process.processIdentifier
        let reading = AsyncStream.makeStream(of: Void.self)
        let reader = Thread {
            // Killed once only: afterwards the number may be another process's.
            var isDoomed = limit != nil
            while case let data = pipe.fileHandleForReading.availableData, !data.isEmpty {
                let lines = output.add(data)
                guard isDoomed, let limit, lines >= limit else { continue }
                kill(pid, SIGKILL)
                isDoomed = false
            }
            reading.continuation.finish()
        }
        reader.start()
        for await _ in reading.stream {}
        for await _ in exit.stream {}
        return output.lines
    }

    /// It lies beside the test bundle.
    private static func executable() throws -> URL {
        var folder = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
        for _ in 0..<4 {
            let candidate = folder.appending(path: "JobProbe")
            if FileManager.default.isExecutableFile(atPath: candidate.path) { return candidate }
            folder.deleteLastPathComponent()
        }
        return try #require(nil, "JobProbe was not found beside '\(CommandLine.arguments[0])'.")
    }
}
