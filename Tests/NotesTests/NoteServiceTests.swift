import Contracts
import Environment
import Foundation
import JobSystem
import Notes
import Storage
import Testing

struct NoteServiceTests {
    @Test func aNoteIsReadFromTheCacheUntilItChanges() async throws {
        try await NotesWorld.with { world in
            let note = try await world.create()
            func read() async throws -> (Note, CacheStatus) {
                let answer = try await world.service.note(note.id, owner: "ada")
                return (answer.note, answer.cache)
            }
            #expect(try await read() == (note, .miss))
            #expect(try await read() == (note, .hit))
            let changed = try await world.service.update(note.id, owner: "ada", NoteChanges(title: "Salute"))
            #expect(try await read() == (changed, .miss))
            #expect(try await read() == (changed, .hit))
            try await world.record("Hallo Welt", try await world.job(note))
            let (translated, status) = try await read()
            #expect(status == .miss && translated.translatedText == "Hallo Welt")
            #expect(try await read() == (translated, .hit))
            world.time.advance(by: .seconds(300))
            #expect(try await read() == (translated, .miss))
            try await world.service.delete(note.id, owner: "ada")
            #expect(await code { _ = try await read() } == .notFound)
        }
    }

    @Test func anothersNoteDoesNotExistWhetherCachedOrNot() async throws {
        try await NotesWorld.with { world in
            let note = try await world.create()
            let acts: [() async throws -> Void] = [
                { _ = try await world.service.note(note.id, owner: "eve") },
                { _ = try await world.service.update(note.id, owner: "eve", NoteChanges(title: "Mine")) },
                { try await world.service.delete(note.id, owner: "eve") },
                { _ = try await world.service.requestTranslation(note.id, owner: "eve", into: "de") },
            ]
            for act in acts { #expect(await code(act) == .notFound) }
            #expect(try await world.service.note(note.id, owner: "ada").note == note)
            for act in acts { #expect(await code(act) == .notFound) }
            #expect(try await world.service.list(owner: "eve").notes.isEmpty)
            #expect(try await world.service.list(owner: "ada").notes == [note])
        }
    }

    /// A reader that is overtaken by a change between store and cache must not leave the old state behind.
    @Test func aSlowReaderLeavesNothingOldInTheCache() async throws {
        try await NotesWorld.with { world in
            let note = try await world.create()
            let slow = SlowStore(store: SQLNoteStore(world.database)) {
                _ = try await world.service.update(note.id, owner: "ada", NoteChanges(title: "Salute"))
            }
            let reader = NoteService(
                store: slow,
                cache: world.cache,
                environment: world.time.environment
            ) { _ in 0 }
            #expect(try await reader.note(note.id, owner: "ada").note.title == "Greeting")
            let (fresh, status) = try await world.service.note(note.id, owner: "ada")
            #expect(fresh.title == "Salute" && status == .miss)
        }
    }

    @Test func whatTheCacheCannotReadIsReadFromTheStore() async throws {
        try await NotesWorld.with { world in
            let note = try await world.create()
            guard case .miss(let voucher) = await world.cache.look(up: "note:" + note.id.text) else {
                Issue.record("The cache holds the note already.")
                return
            }
            let nonsense = Array("{".utf8)
            await world.cache.fill("note:" + note.id.text, nonsense, timeToLive: .seconds(300), voucher: voucher)
            #expect(try await world.service.note(note.id, owner: "ada") == (note, .miss))
        }
    }

    @Test func aChangeThatExpectsAnotherRevisionIsAConflict() async throws {
        try await NotesWorld.with { world in
            let note = try await world.create()
            let changes = NoteChanges(title: "Salute")
            let changed = try await world.service.update(note.id, owner: "ada", changes, ifAt: note.revision)
            let refusals: [() async throws -> Void] = [
                { _ = try await world.service.update(note.id, owner: "ada", changes, ifAt: note.revision) },
                { try await world.service.delete(note.id, owner: "ada", ifAt: note.revision) },
            ]
            for refusal in refusals { #expect(await code(refusal) == .conflict) }
            try await world.service.delete(note.id, owner: "ada", ifAt: changed.revision)
        }
    }

    // MARK: Translating

    @Test func aRequestCarriesThePresentText() async throws {
        try await NotesWorld.with { world in
            let note = try await world.create("Hello \u{0001} \"world\" नमस्ते")
            let request = try await world.service.requestTranslation(note.id, owner: "ada", into: "de").job
            #expect(request.kind == "note" && request.owner == "ada" && request.words == 4)
            #expect(request.languages == JobLanguages(source: "en", target: "de"))
            try request.validate(JobLimits())
            let job = try await world.job(note)
            #expect(job == NoteJob(noteID: note.id, text: note.originalText, textRevision: 1))
        }
    }

    @Test(arguments: ["en", "", "x", "deutsch-", "d e", "de'; --", "é", String(repeating: "a", count: 1_000_000)])
    func aTargetThatIsNoneIsRefused(_ language: String) async throws {
        try await NotesWorld.with { world in
            let note = try await world.create()
            let refusal = await code {
                _ = try await world.service.requestTranslation(note.id, owner: "ada", into: language)
            }
            #expect(refusal == .invalid)
        }
    }

    @Test func translationsAreKeptByLanguageAndTheLatestStandsForTheNote() async throws {
        try await NotesWorld.with { world in
            let note = try await world.create()
            let job = try await world.job(note)
            for (language, text) in [("de", "Hallo Welt"), ("fr", "Bonjour le monde")] {
                world.time.advance(by: .seconds(1))
                #expect(try await world.record(text, job, into: language))
            }
            let read = try await world.service.note(note.id, owner: "ada").note
            #expect(read.translations.mapValues(\.text) == ["de": "Hallo Welt", "fr": "Bonjour le monde"])
            #expect(read.translatedLanguage == "fr" && read.translatedText == "Bonjour le monde")
        }
    }

    @Test func aTranslationOfAnEarlierTextIsStaleAndYieldsToLaterOnes() async throws {
        try await NotesWorld.with { world in
            let note = try await world.create()
            let early = try await world.job(note)
            let changes = NoteChanges(originalText: "Goodbye")
            _ = try await world.service.update(note.id, owner: "ada", changes)
            let late = try await world.job(note)
            #expect(late.text == "Goodbye" && late.textRevision == 2)
            #expect(try await world.record("Hallo Welt", early))
            var read = try await world.service.note(note.id, owner: "ada").note
            #expect(read.originalText == "Goodbye" && read.translatedText == "Hallo Welt")
            #expect(try read.isStale(#require(read.latestTranslation).translation))
            #expect(try await world.record("Bonjour", late, into: "fr"))
            world.time.advance(by: .seconds(60))
            #expect(try await world.record("Hallo Welt!", early), "as stale as what it replaces")
            read = try await world.service.note(note.id, owner: "ada").note
            #expect(read.translatedLanguage == "fr", "a translation of the present text comes before a stale one")
            #expect(try await world.record("Auf Wiedersehen", late))
            #expect(try await world.record("Hallo Welt", early) == false)
            read = try await world.service.note(note.id, owner: "ada").note
            #expect(read.translations["de"]?.text == "Auf Wiedersehen")
        }
    }

    @Test func aTranslationOfANoteThatIsGoneIsDropped() async throws {
        try await NotesWorld.with { world in
            let note = try await world.create()
            let job = try await world.job(note)
            try await world.service.delete(note.id, owner: "ada")
            #expect(try await world.record("Hallo", job) == false)
            #expect(await code { _ = try await world.service.note(note.id, owner: "ada") } == .notFound)
        }
    }

    @Test func erasingAnOwnerEmptiesTheCacheToo() async throws {
        try await NotesWorld.with { world in
            let (mine, others) = (try await world.create(), try await world.create(owner: "eve"))
            for note in [mine, others] { _ = try await world.service.note(note.id, owner: note.owner) }
            #expect(try await world.service.eraseAll(ofOwner: "ada") == 1)
            #expect(await code { _ = try await world.service.note(mine.id, owner: "ada") } == .notFound)
            #expect(try await world.service.note(others.id, owner: "eve").cache == .hit)
        }
    }
}

/// A store that something happens to between a note's reading and its return.
private struct SlowStore: NoteStore {
    let store: SQLNoteStore
    let meanwhile: @Sendable () async throws -> Void

    func note(_ id: NoteID, owner: String) async throws -> Note? {
        let note = try await store.note(id, owner: owner)
        try await meanwhile()
        return note
    }

    func insert(_ note: Note, most: Int) async throws { try await store.insert(note, most: most) }

    func notes(of owner: String, limit: Int, mostBytes: Int, cursor: NoteCursor?) async throws -> NotePage {
        try await store.notes(of: owner, limit: limit, mostBytes: mostBytes, cursor: cursor)
    }

    func update(_ id: NoteID, owner: String, _ changes: NoteChanges, ifAt revision: Int64?, at time: Timestamp)
        async throws -> Note?
    {
        try await store.update(id, owner: owner, changes, ifAt: revision, at: time)
    }

    func delete(_ id: NoteID, owner: String, ifAt revision: Int64?) async throws -> Bool {
        try await store.delete(id, owner: owner, ifAt: revision)
    }

    func record(_ translation: NoteTranslation, into language: String, of id: NoteID, owner: String) async throws
        -> Bool
    {
        try await store.record(translation, into: language, of: id, owner: owner)
    }

    func eraseAll(ofOwner owner: String) async throws -> [NoteID] { try await store.eraseAll(ofOwner: owner) }

    func counts(owner: String?) async throws -> [NoteCount] { try await store.counts(owner: owner) }
}
