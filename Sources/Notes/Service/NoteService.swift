package import Environment
internal import Foundation
package import JobSystem

/// Where an answer came from.
package enum CacheStatus: String, Hashable, Sendable {
    case hit = "HIT"
    case miss = "MISS"
}

/// What callers can do with notes.
///
/// A note of another owner is treated as one that does not exist. Single notes are read through a cache, and whoever
/// changes a note drops its entry once the change is durable; what the cache shows is therefore never older than a
/// change that was made through the same cache. Errors are `NoteError`s.
package struct NoteService: Sendable {
    /// How long a note stays in the cache.
    package static let timeToLive = Duration.seconds(300)
    /// Characters of text on a page of a list.
    package static let pageBytes = 4 << 20

    package let store: any NoteStore
    package let cache: any KeyValueCache
    package let environment: ServiceEnvironment
    package let limits: NoteLimits
    private let countWords: @Sendable (String) -> Int

    /// - Parameter countWords: the number of words of a text, as jobs count them.
    package init(
        store: any NoteStore,
        cache: any KeyValueCache,
        environment: ServiceEnvironment,
        limits: NoteLimits = NoteLimits(),
        countWords: @escaping @Sendable (String) -> Int
    ) {
        self.store = store
        self.cache = cache
        self.environment = environment
        self.limits = limits
        self.countWords = countWords
    }

    /// - Throws: `.invalid`, `.tooLarge`, `.tooMany`.
    package func create(owner: String, title: String, text: String, language: String) async throws -> Note {
        try check(NoteChanges(title: title, originalText: text, originalLanguage: language))
        let now = environment.now()
        let note = Note(
            id: NoteID(random: environment.random),
            owner: owner,
            title: title,
            originalText: text,
            originalLanguage: language,
            createdAt: now,
            updatedAt: now
        )
        try await store.insert(note, most: limits.notesPerOwner)
        return note
    }

    /// A page, newest first. `limit` is clamped to 1...200; a page of long notes has fewer.
    package func list(owner: String, limit: Int = 50, cursor: NoteCursor? = nil) async throws -> NotePage {
        try await store.notes(of: owner, limit: limit, mostBytes: Self.pageBytes, cursor: cursor)
    }

    /// The note, through the cache.
    /// - Throws: `.notFound`.
    package func note(_ id: NoteID, owner: String) async throws -> (note: Note, cache: CacheStatus) {
        let answer = await cache.look(up: Self.key(id))
        // What cannot be read (another version wrote it) is as good as nothing.
        if case .hit(let bytes) = answer, let note = try? JSONDecoder().decode(Note.self, from: Data(bytes)) {
            guard note.owner == owner, note.id == id else { throw NoteError.unknown(id) }
            return (note, .hit)
        }
        guard let note = try await store.note(id, owner: owner) else { throw NoteError.unknown(id) }
        if case .miss(let voucher) = answer, let bytes = try? JSONEncoder().encode(note) {
            await cache.fill(Self.key(id), Array(bytes), timeToLive: Self.timeToLive, voucher: voucher)
        }
        return (note, .miss)
    }

    /// Changes a note.
    /// - Parameter revision: what the caller saw (`If-Match`); `nil`: whatever it is at.
    /// - Throws: `.notFound`, `.conflict` for another revision, `.invalid`, `.tooLarge`.
    package func update(
        _ id: NoteID,
        owner: String,
        _ changes: NoteChanges,
        ifAt revision: Int64? = nil
    ) async throws -> Note {
        guard !changes.isEmpty else {
            throw NoteError(.invalid, "Nothing is to be changed, expected a title, a text or a language.")
        }
        try check(changes)
        let time = environment.now()
        guard let note = try await store.update(id, owner: owner, changes, ifAt: revision, at: time) else {
            throw NoteError.unknown(id)
        }
        await cache.remove(Self.key(id))
        return note
    }

    /// - Throws: `.notFound`, `.conflict` for another revision.
    package func delete(_ id: NoteID, owner: String, ifAt revision: Int64? = nil) async throws {
        guard try await store.delete(id, owner: owner, ifAt: revision) else { throw NoteError.unknown(id) }
        await cache.remove(Self.key(id))
    }

    /// Erases everything of an owner and returns how many notes that were.
    package func eraseAll(ofOwner owner: String) async throws -> Int {
        let ids = try await store.eraseAll(ofOwner: owner)
        for id in ids { await cache.remove(Self.key(id)) }
        return ids.count
    }

    // MARK: Translating

    /// The job that translates a note's present text, to be checked, charged and submitted by the caller, and that text; the
    /// job's payload is a `NoteJob`.
    /// - Throws: `.notFound`; `.invalid` for a language that is none, or the note's own.
    package func requestTranslation(
        _ id: NoteID,
        owner: String,
        into language: String
    ) async throws -> (job: JobRequest, text: String) {
        try limits.check(language: language)
        guard let note = try await store.note(id, owner: owner) else { throw NoteError.unknown(id) }
        guard note.originalLanguage != language else {
            throw NoteError(.invalid, "The note is in '\(language)' already, expected another target language.")
        }
        let job = NoteJob(noteID: id, text: note.originalText, textRevision: note.textRevision)
        let request = JobRequest(
            owner: owner,
            kind: NoteJob.kind,
            languages: JobLanguages(source: note.originalLanguage, target: language),
            input: JobInput(payload: try job.payload),
            words: countWords(note.originalText)
        )
        return (request, note.originalText)
    }

    /// Records what a job made, for the worker. Doing it twice does no harm.
    ///
    /// A translation of a text that was changed meanwhile is recorded, and is stale (`Note.isStale`), just as one that
    /// was there before the change; but it never takes the place of one of a later text, and the note's text is not
    /// touched.
    /// - Parameter job: the job's payload.
    /// - Returns: whether it was recorded: not if the note is gone, or has a translation of a later text.
    @discardableResult
    package func recordTranslation(
        _ job: NoteJob,
        owner: String,
        language: String,
        text: String,
        jobID: JobID
    ) async throws -> Bool {
        try limits.check(language: language)
        guard text.utf8.count <= limits.textBytes * 4, !text.utf8.contains(0) else {
            throw NoteError(
                .tooLarge,
                "The translation has \(text.utf8.count) bytes, expected at most \(limits.textBytes * 4), none 0."
            )
        }
        let translation = NoteTranslation(
            text: text,
            jobID: jobID.text,
            updatedAt: environment.now(),
            textRevision: job.textRevision
        )
        let isRecorded = try await store.record(translation, into: language, of: job.noteID, owner: owner)
        await cache.remove(Self.key(job.noteID))
        return isRecorded
    }

    private func check(_ changes: NoteChanges) throws(NoteError) {
        if let title = changes.title { try limits.check(title: title) }
        if let text = changes.originalText { try limits.check(text: text) }
        if let language = changes.originalLanguage { try limits.check(language: language) }
    }

    /// Under what a note is in the cache.
    package static func key(_ id: NoteID) -> String { "note:" + id.text }
}
