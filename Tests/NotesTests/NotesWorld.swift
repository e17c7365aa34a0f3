import Contracts
import Environment
import Foundation
import JobSystem
import Notes
import Storage

/// A note service on a database of its own, with a clock that stands still.
struct NotesWorld {
    let time = ManualTime()
    let database: SQLiteDatabase
    let cache: InProcessCache
    let service: NoteService

    static func with<T>(
        limits: NoteLimits = NoteLimits(),
        _ body: (NotesWorld) async throws -> T
    ) async throws -> T {
        try await withTwoDatabases { database, _ in try await body(NotesWorld(database, limits)) }
    }

    private init(_ database: SQLiteDatabase, _ limits: NoteLimits) {
        self.database = database
        let environment = time.environment
        cache = InProcessCache(environment: environment)
        service = NoteService(
            store: SQLNoteStore(database),
            cache: cache,
            environment: environment,
            limits: limits
        ) { $0.split(whereSeparator: \.isWhitespace).count }
    }

    func create(_ text: String = "Hello world", owner: String = "ada", language: String = "en") async throws -> Note {
        try await service.create(owner: owner, title: "Greeting", text: text, language: language)
    }

    /// What the job that was asked for carries.
    func job(_ note: Note, into language: String = "de") async throws -> NoteJob {
        let request = try await service.requestTranslation(note.id, owner: note.owner, into: language).job
        return try JSONDecoder().decode(NoteJob.self, from: Data(request.input.payload.utf8))
    }

    @discardableResult
    func record(_ text: String, _ job: NoteJob, into language: String = "de") async throws -> Bool {
        let id = JobID(at: time.now, random: time.environment.random)
        return try await service.recordTranslation(job, owner: "ada", language: language, text: text, jobID: id)
    }
}

/// Two connections to a migrated database in a folder that is gone afterwards.
func withTwoDatabases<T>(_ body: (SQLiteDatabase, SQLiteDatabase) async throws -> T) async throws -> T {
    let folder = FileManager.default.temporaryDirectory.appending(path: "notes-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let first = try SQLiteDatabase(path: folder.path + "/db.sqlite")
    try await Migrator(Schema.migrations).migrate(first)
    let second = try SQLiteDatabase(path: folder.path + "/db.sqlite")
    let result = try await body(first, second)
    try await first.close()
    try await second.close()
    return result
}

/// The code of the error that the body throws, if it is a `NoteError`.
func code(_ body: () async throws -> Void) async -> NoteError.Code? {
    do {
        try await body()
        return nil
    } catch {
        return (error as? NoteError)?.code
    }
}
