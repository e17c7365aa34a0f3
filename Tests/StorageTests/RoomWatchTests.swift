import Contracts
import Environment
import Storage
import Testing

/// What is remembered of a database that had no room.
struct RoomWatchTests {
    @Test func aWriteThatFindsNoRoom_isHeldAgainstTheDatabaseForAWhile() async throws {
        try await withTwoDatabases { database, _ in
            let time = ManualTime()
            let watch = RoomWatch(time.environment)
            let watched = watch.watching(database)
            _ = try await watched.write { try $0.execute("CREATE TABLE items (id BIGINT PRIMARY KEY, text TEXT)") }
            try watch.check()

            try database.setMaximumBytes(1)
            let text = String(repeating: "x", count: 1_000_000)
            await #expect(throws: StorageError.self) {
                try await watched.write { try $0.execute("INSERT INTO items VALUES (1, \(text))") }
            }
            #expect(throws: StorageError.self) { try watch.check() }
            // Something smaller finds room, which says nothing of the next job.
            _ = try await watched.read { try $0.query("SELECT 1 AS one").count }
            #expect(throws: StorageError.self) { try watch.check() }
            time.advance(by: RoomWatch.memory)
            try watch.check()
        }
    }

    @Test func anotherFailure_saysNothingOfRoom() async throws {
        try await withTwoDatabases { database, _ in
            let watch = RoomWatch(ManualTime().environment)
            let watched = watch.watching(database)
            await #expect(throws: StorageError.self) {
                try await watched.write { try $0.execute("INSERT INTO nowhere VALUES (1)") }
            }
            try watch.check()
        }
    }
}
