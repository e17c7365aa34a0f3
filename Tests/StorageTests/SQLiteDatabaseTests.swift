import Contracts
import Environment
import Foundation
import JobSystem
import Storage
import Testing

struct SQLiteDatabaseTests {
    private func makeTable(_ database: SQLiteDatabase) async throws {
        try await database.write { _ = try $0.execute("CREATE TABLE blobs (id BIGINT, bytes BLOB)") }
    }

    private func insert(_ id: Int, _ size: Int, into database: SQLiteDatabase) async throws {
        try await database.write { connection in
            let bytes = [UInt8](repeating: 7, count: size)
            _ = try connection.execute("INSERT INTO blobs (id, bytes) VALUES (\(id), \(bytes))")
        }
    }

    private func count(_ database: SQLiteDatabase) async throws -> Int {
        try await database.read { try $0.query("SELECT COUNT(*) AS n FROM blobs").first?.count("n") ?? -1 }
    }

    @Test func everyCommitIsFlushed() async throws {
        try await withTwoDatabases { database, _ in
            let rows = try await database.write { connection in
                try connection.query("PRAGMA synchronous") + connection.query("PRAGMA journal_mode")
                    + connection.query("PRAGMA foreign_keys")
            }
            #expect(rows.map(\.values) == [[.integer(2)], [.text("wal")], [.integer(1)]])
        }
    }

    @Test func fullStorageIsSaidSoWhileReadingGoesOnAndRecoversByItself() async throws {
        try await withTwoDatabases { database, other in
            try await makeTable(database)
            try await insert(0, 100, into: database)
            try database.setMaximumBytes(400_000)
            let errors = await withTaskGroup(of: (any Error)?.self) { group in
                for id in 1...40 {
                    group.addTask {
                        do {
                            try await insert(id, 50_000, into: database)
                            return nil
                        } catch {
                            return error
                        }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            let failed = errors.compactMap { $0 as? StorageError }
            #expect(!failed.isEmpty && failed.allSatisfy { $0.code == .storageFull })
            #expect(try await count(other) == 41 - failed.count)
            await #expect(throws: StorageError.self) { try await insert(100, 1_000_000, into: database) }
            #expect(try await count(other) == 41 - failed.count)
            try database.setMaximumBytes(0)
            try await insert(100, 1_000_000, into: database)
            #expect(try await count(other) == 42 - failed.count)
        }
    }

    @Test func fullStorageIsAJobErrorOfItsOwnAndNothingIsHalfSubmitted() async throws {
        try await withTwoDatabases { database, other in
            let store = SQLJobStore(database)
            let kept = try await store.submit(SampleJobs.submission(at: ManualTime.start)).job
            try database.setMaximumBytes(1)
            let large = SampleJobs.request(payload: String(repeating: "x", count: 100_000), key: "k")
            let error = await #expect(throws: JobError.self) {
                _ = try await store.submit(SampleJobs.submission(large, at: ManualTime.start))
            }
            #expect(error?.code == .storageFull)
            #expect(try await store.jobs(JobListQuery(owner: "ada")).jobs == [kept])
            #expect(try await SQLJobStore(other).input(of: kept.id) != nil)
            try database.setMaximumBytes(0)
            guard case .accepted = try await store.submit(SampleJobs.submission(large, at: ManualTime.start)) else {
                Issue.record("The key of a submission that failed stands for a job.")
                return
            }
        }
    }

    @Test func tooManyWaitingWritesAreRefused() async throws {
        try await withTemporaryFolder { folder in
            var configuration = SQLiteDatabase.Configuration()
            configuration.waitingWrites = 3
            let database = try SQLiteDatabase(path: folder + "/db.sqlite", configuration: configuration)
            try await makeTable(database)
            let errors = await withTaskGroup(of: (any Error)?.self) { group in
                for id in 0..<500 {
                    group.addTask {
                        do {
                            try await insert(id, 10_000, into: database)
                            return nil
                        } catch {
                            return error
                        }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            let refused = errors.compactMap { $0 as? StorageError }
            #expect(!refused.isEmpty && refused.allSatisfy { $0.code == .busy })
            #expect(try await count(database) == 500 - refused.count)
            try await database.close()
        }
    }

    @Test func aFileThatIsNoDatabaseIsRefusedWithWords() async throws {
        try await withTemporaryFolder { folder in
            try Data(repeating: 0x41, count: 5000).write(to: URL(filePath: folder + "/db.sqlite"))
            let error = #expect(throws: StorageError.self) { _ = try SQLiteDatabase(path: folder + "/db.sqlite") }
            #expect(error?.code == .corrupt)
            let missing = #expect(throws: StorageError.self) { _ = try SQLiteDatabase(path: folder + "/no/db.sqlite") }
            #expect(missing?.code == .unavailable)
        }
    }

    @Test func theFileShrinksWhenMostOfItIsDeleted() async throws {
        try await withTemporaryFolder { folder in
            let database = try SQLiteDatabase(path: folder + "/db.sqlite")
            try await makeTable(database)
            func size() async throws -> Int {
                try await database.read { connection in
                    let pages = try connection.query("SELECT page_count AS n FROM pragma_page_count").first?.count("n")
                    return (pages ?? 0) * 4096
                }
            }
            let before = try await size()
            for round in 0..<20 {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for id in 0..<50 { group.addTask { try await insert(round * 50 + id, 10_000, into: database) } }
                    try await group.waitForAll()
                }
            }
            let full = try await size()
            #expect(full > 10_000_000)
            #expect(try await database.giveBackSpace(least: 100) == 0)
            try await database.write { _ = try $0.execute("DELETE FROM blobs") }
            #expect(try await database.giveBackSpace(least: 100) > 0)
            #expect(try await size() < before + full / 8, "a tenth may stay, and what is not worth the trouble")
            try await insert(1, 10, into: database)
            #expect(try await count(database) == 1)
            try await database.close()
        }
    }

    @Test func theFileIsForItsOwnerOnly() async throws {
        try await withTemporaryFolder { folder in
            let database = try SQLiteDatabase(path: folder + "/db.sqlite")
            try await makeTable(database)
            for suffix in ["", "-wal", "-shm"] {
                let attributes = try FileManager.default.attributesOfItem(atPath: folder + "/db.sqlite" + suffix)
                #expect(attributes[.posixPermissions] as? NSNumber == 0o600)
            }
            try await database.close()
        }
    }
}
