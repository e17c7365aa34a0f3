import Bootstrap
import Environment
import Foundation
import Identity
import MachineTranslation
import Notes
import Storage
import TemporaryFolders
import Testing
import TranslationService

/// A user who is erased by one process, and what others remember of them.
struct ErasureTests {
    /// What a process remembers, in a folder of its own.
    private struct Process {
        let segments: MemorySegmentCache
        let disk: SQLSegmentCache
        let caches: OwnerCaches

        init(_ path: String) async throws {
            let database = try SQLiteDatabase(path: path)
            try await Migrator(SQLSegmentCache.migrations).migrate(database)
            disk = SQLSegmentCache(database, environment: .live)
            segments = MemorySegmentCache(maximumBytes: 1 << 20, slower: disk)
            caches = OwnerCaches(
                segments: segments,
                disk: disk,
                notes: InProcessCache(environment: .live),
                lifetime: .seconds(3600),
                environment: .live
            )
        }

        func remember(_ name: String, of owner: String) async {
            let translation = SegmentTranslation(text: name, confidence: 1)
            await segments.store([SegmentKey(digest: name): translation], owner: owner)
        }

        func knows(_ name: String) async -> Bool {
            await !segments.segments(for: [SegmentKey(digest: name)]).isEmpty
        }

        func hasOnDisk(_ name: String) async -> Bool {
            await !disk.segments(for: [SegmentKey(digest: name)]).isEmpty
        }
    }

    private static func installation(_ folder: String, _ caches: OwnerCaches) async throws -> Installation {
        let settings = try await SettingValues(file: nil, environment: [:], options: ["data_dir": folder])
        return try await Installation.open(
            settings,
            mayMake: true,
            erasures: caches.erasures,
            noteCache: caches.notes
        )
    }

    private static func addUser(_ name: String, _ installation: Installation) async throws -> String {
        try await installation.identity.addUser(
            email: "\(name)@example.org",
            password: "a long enough passphrase of \(name)",
            by: .console
        ).id
    }

    @Test func everyProcess_forgetsWhoWasErased_andOneThatWasDownDoesWhenItStarts() async throws {
        let folder = try TemporaryFolder()
        let one = try await Process(folder.path + "/one.sqlite")
        let other = try await Process(folder.path + "/other.sqlite")
        let installation = try await Self.installation(folder.path, one.caches)
        let (ada, bob) = (try await Self.addUser("ada", installation), try await Self.addUser("bob", installation))
        for process in [one, other] {
            await process.remember("hers", of: ada)
            await process.remember("his", of: bob)
        }
        try await other.caches.heedErasures(installation.identity)
        #expect(await other.knows("hers"))

        try await installation.identity.erase(ada, by: .console)
        #expect(await !one.knows("hers"))
        #expect(await !one.hasOnDisk("hers"))
        #expect(await other.knows("hers"), "it has not been told yet")
        // It was down when that happened, and its disk has everything.
        let late = try await Process(folder.path + "/other.sqlite")
        for process in [other, late] {
            try await process.caches.heedErasures(installation.identity)
            #expect(await !process.knows("hers"))
            #expect(await process.knows("his"))
        }
        #expect(await !other.hasOnDisk("hers"))
        // What was being translated on her behalf meanwhile.
        await other.remember("late", of: ada)
        #expect(await !other.knows("late"))
        #expect(await one.knows("his"))
    }

    @Test func rememberedNotes_goWithTheirOwner() async throws {
        let folder = try TemporaryFolder()
        let process = try await Process(folder.path + "/one.sqlite")
        let installation = try await Self.installation(folder.path, process.caches)
        let ada = try await Self.addUser("ada", installation)
        let notes = NoteService(
            store: installation.noteStore,
            cache: process.caches.notes,
            environment: .live,
            countWords: { _ in 1 }
        )
        let note = try await notes.create(owner: ada, title: "t", text: "x", language: "en")
        _ = try await notes.note(note.id, owner: ada)
        #expect(try await notes.note(note.id, owner: ada).cache == .hit)
        try await installation.identity.erase(ada, by: .console)
        await #expect(throws: NoteError.self) { _ = try await notes.note(note.id, owner: ada) }
    }
}
