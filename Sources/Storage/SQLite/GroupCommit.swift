internal import Environment
internal import GRDB
internal import JobSystem
internal import Synchronization

/// Runs writes in the order in which they come, as many as wait in one transaction.
final class GroupCommit: Sendable {
    private struct State {
        var waiting: [any GroupMember] = []
        /// A run on the writer's queue is scheduled or under way.
        var isRunning = false
        var isClosed = false
    }

    private let pool: DatabasePool
    private let path: String
    private let waitingWrites: Int
    private let groupSize: Int
    private let state = Mutex(State())
    private let idle = Signal()

    init(pool: DatabasePool, path: String, configuration: SQLiteDatabase.Configuration) {
        self.pool = pool
        self.path = path
        waitingWrites = max(1, configuration.waitingWrites)
        groupSize = max(1, configuration.groupSize)
    }

    /// Adds a write; it succeeds or fails later, or fails at once when too many wait.
    func enqueue(_ member: any GroupMember) {
        let (refusal, isFirst) = state.withLock { state -> (StorageError?, Bool) in
            guard !state.isClosed else { return (closed, false) }
            guard state.waiting.count < waitingWrites else { return (busy, false) }
            state.waiting.append(member)
            defer { state.isRunning = true }
            return (nil, !state.isRunning)
        }
        if let refusal { return member.fail(refusal) }
        if isFirst { pool.asyncWriteWithoutTransaction { self.runAll($0) } }
    }

    /// Refuses new writes and waits for those that were accepted.
    func close() async throws {
        state.withLock { $0.isClosed = true }
        while true {
            let ticket = idle.ticket
            guard state.withLock({ $0.isRunning }) else { return }
            try Task.checkCancellation()
            await idle.wait(after: ticket)
        }
    }

    private func runAll(_ connection: GRDB.Database) {
        while let group = nextGroup() { run(group, connection) }
        idle.raise()
    }

    private func nextGroup() -> [any GroupMember]? {
        state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.isRunning = false
                return nil
            }
            let group = Array(state.waiting.prefix(groupSize))
            state.waiting.removeFirst(group.count)
            return group
        }
    }

    /// One transaction for all. If it breaks, its members are run again one by one, so that only those fail that must.
    private func run(_ group: [any GroupMember], _ connection: GRDB.Database) {
        guard group.count > 1 else { return runAlone(group[0], connection) }
        var course = Course(left: group[...])
        do {
            try transaction(connection) { try runMembers(&course, connection) }
            for member in course.done { member.succeed() }
        } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY {
            // Another process holds the lock, and was waited for: the members would wait just as long, one by one.
            for member in course.unanswered { member.fail(StorageError(sqlite: error, path: path)) }
        } catch {
            for member in course.unanswered { runAlone(member, connection) }
        }
        for (member, error) in course.failed { member.fail(StorageError.translating(error, path: path)) }
    }

    private func runAlone(_ member: any GroupMember, _ connection: GRDB.Database) {
        do {
            try transaction(connection) { try member.run(on: SQLiteConnection(connection: connection)) }
            member.succeed()
        } catch let error as DatabaseError {
            member.fail(StorageError(sqlite: error, path: path))
        } catch {
            member.fail(error)
        }
    }

    /// Runs each member in a savepoint; the work of those that fail is undone.
    /// - Throws: what broke the whole transaction.
    private func runMembers(_ course: inout Course, _ connection: GRDB.Database) throws {
        while let member = course.left.first {
            do {
                try connection.cachedStatement(sql: "SAVEPOINT member").execute()
                try member.run(on: SQLiteConnection(connection: connection))
                try connection.cachedStatement(sql: "RELEASE member").execute()
                course.done.append(member)
            } catch {
                // SQLite itself rolls back the whole transaction after some errors.
                let isBroken = !connection.isInsideTransaction
                if !isBroken { try undo(connection) }
                course.failed.append((member, error))
                if isBroken {
                    course.left.removeFirst()
                    throw error
                }
            }
            course.left.removeFirst()
        }
    }

    private func undo(_ connection: GRDB.Database) throws {
        try connection.cachedStatement(sql: "ROLLBACK TO member").execute()
        try connection.cachedStatement(sql: "RELEASE member").execute()
    }

    private func transaction<T>(_ connection: GRDB.Database, _ body: () throws -> T) throws -> T {
        do {
            try connection.beginTransaction(.immediate)
            let value = try body()
            try connection.commit()
            return value
        } catch {
            if connection.isInsideTransaction { try? connection.rollback() }
            throw error
        }
    }

    private var closed: StorageError { StorageError(.unavailable, "The database '\(path)' is closed.") }

    private var busy: StorageError {
        StorageError(.busy, "'\(waitingWrites)' writes wait for the database '\(path)', which is the most that may.")
    }
}

/// How far a group has come. Each member is in one place, and answered once.
private struct Course {
    var left: ArraySlice<any GroupMember>
    var done: [any GroupMember] = []
    var failed: [(member: any GroupMember, error: any Error)] = []

    var unanswered: [any GroupMember] { done + left }
}
