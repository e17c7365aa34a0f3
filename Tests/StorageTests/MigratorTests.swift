import Contracts
import Environment
import JobSystem
import Storage
import Testing

struct MigratorTests {
    private let first = Migration(number: 1, name: "one", statements: ["CREATE TABLE one (id BIGINT)"])
    private let second = Migration(number: 2, name: "two", statements: ["CREATE TABLE two (id BIGINT)"])

    @Test func stepsAreTakenOnceAndInOrder() async throws {
        try await withTwoDatabases(isMigrated: false) { database, _ in
            #expect(try await Migrator([first]).migrate(database) == [first])
            let both = try Migrator([first, second])
            #expect(try await both.pending(database) == [second])
            #expect(try await both.migrate(database) == [second])
            #expect(try await both.migrate(database) == [])
        }
    }

    @Test func startingAtOnceTakesEachStepOnce() async throws {
        try await withTwoDatabases(isMigrated: false) { database, other in
            let migrator = try Migrator([first, second])
            let taken = try await withThrowingTaskGroup(of: [Migration].self) { group in
                for number in 0..<8 {
                    group.addTask { try await migrator.migrate(number % 2 == 0 ? database : other) }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(taken.sorted { $0.number < $1.number } == [first, second])
        }
    }

    @Test func aStepThatFailsLeavesNothing() async throws {
        try await withTwoDatabases(isMigrated: false) { database, _ async throws in
            let broken = Migration(
                number: 2,
                name: "two",
                statements: ["CREATE TABLE two (id BIGINT)", "CREATE NONSENSE"]
            )
            let error = await #expect(throws: StorageError.self) {
                try await Migrator([first, broken]).migrate(database)
            }
            #expect(error?.code == .statement)
            #expect(try await Migrator([first, second]).migrate(database) == [second])
        }
    }

    @Test func aStepThatWasChangedIsRefused() async throws {
        try await withTwoDatabases(isMigrated: false) { database, _ in
            try await Migrator([first]).migrate(database)
            let changed = Migration(number: 1, name: "one", statements: ["CREATE TABLE one (id TEXT)"])
            let error = await #expect(throws: StorageError.self) { try await Migrator([changed]).migrate(database) }
            #expect(error?.code == .schema)
        }
    }

    @Test func aNewerDatabaseIsRefused() async throws {
        try await withTwoDatabases(isMigrated: false) { database, _ in
            try await Migrator([first, second]).migrate(database)
            let error = await #expect(throws: StorageError.self) { try await Migrator([first]).migrate(database) }
            #expect(error?.code == .schema)
        }
    }

    @Test func numbersMustNotHaveGaps() throws {
        let error = #expect(throws: StorageError.self) { try Migrator([second]) }
        #expect(error?.code == .schema)
    }

    @Test func aDatabaseInTheMiddleOfItsWorkGoesOn() async throws {
        try await withTwoDatabases(isMigrated: false) { database, _ async throws in
            try await UpgradeContract(database).check()
        }
    }

    /// Released steps must never change: what is here is what databases out there were made with.
    @Test func releasedStepsAreUnchanged() {
        #expect(
            Schema.migrations.prefix(5).map(\.checksum) == [
                "c2c73791dfc7d42b", "cfc1c1d4762559c9", "2b8021c09d0f4ce3", "3390faeb8fb1f33c", "30ca6b46535d4c4d",
            ]
        )
    }
}
