import Contracts
import Environment
import Foundation
import Notes
import Storage
import Testing

struct NoteValueTests {
    @Test func idsAreReadAsTheyAreWritten() throws {
        let time = ManualTime()
        let ids = (0..<1000).map { _ in NoteID(random: time.environment.random) }
        #expect(Set(ids).count == 1000)
        for id in ids { #expect(NoteID(id.text) == id) }
        let coded = try JSONDecoder().decode([NoteID].self, from: JSONEncoder().encode(ids))
        #expect(coded == ids)
        #expect(throws: DecodingError.self) { try JSONDecoder().decode([NoteID].self, from: Data(#"["x"]"#.utf8)) }
    }

    @Test(arguments: [
        "", "note_", "note_0123456789abcde", "note_0123456789abcdefg", "note_0123456789ABCDEF", "note_0123456789abcdei",
        "trans_0123456789abcdef", "note_' OR 1=1 --    ", String(repeating: "note_", count: 1_000_000),
        "note_0123456789abcde\0", "../../etc/passwd",
    ])
    func anythingElseIsNoID(_ text: String) {
        #expect(NoteID(text) == nil)
        #expect(NoteCursor(text: "5." + text) == nil)
    }

    @Test func cursorsAreReadAsTheyAreWritten() {
        let cursor = NoteCursor(time: ManualTime.start, id: NotesSamples.id(7))
        #expect(NoteCursor(text: cursor.text) == cursor)
        for text in ["", ".", "x." + cursor.id.text, cursor.id.text, "99999999999999999999." + cursor.id.text] {
            #expect(NoteCursor(text: text) == nil)
        }
    }

    @Test(arguments: [
        ("", NoteError.Code.invalid), (" \u{3000} ", .invalid), ("a\nb", .invalid), ("a\0", .invalid),
        (String(repeating: "x", count: 201), .tooLarge), (String(repeating: "é", count: 1_000_000), .tooLarge),
    ])
    func aPoorTitleIsRefused(_ title: String, _ expected: NoteError.Code) async throws {
        try await NotesWorld.with { world in
            let refusal = await code {
                _ = try await world.service.create(owner: "ada", title: title, text: "x", language: "en")
            }
            #expect(refusal == expected)
        }
    }

    @Test func sizesAreAllowedUpToTheirLimits() async throws {
        var limits = NoteLimits()
        limits.textBytes = 10
        try await NotesWorld.with(limits: limits) { world in
            let title = String(repeating: "👩", count: 200)
            let note = try await world.service.create(owner: "ada", title: title, text: "ééééé", language: "zh-Hant")
            #expect(try await world.service.note(note.id, owner: "ada").note == note)
            for (text, expected) in [("ééééé!", NoteError.Code.tooLarge), ("", .invalid), ("a\0", .invalid)] {
                #expect(await code { _ = try await world.create(text) } == expected)
                let changes = NoteChanges(originalText: text)
                let refusal = await code { _ = try await world.service.update(note.id, owner: "ada", changes) }
                #expect(refusal == expected)
            }
            let nothing = await code { _ = try await world.service.update(note.id, owner: "ada", NoteChanges()) }
            #expect(nothing == .invalid)
            let job = try await world.job(note)
            #expect(await code { try await world.record(String(repeating: "x", count: 41), job) } == .tooLarge)
        }
    }

    /// Written by anybody into any field, it is stored and given back, and nothing else happens.
    @Test(arguments: ["'; DROP TABLE notes; --", "\" OR \"\"=\"", "1); DELETE FROM notes; --", "$1 ?1 :a", "%_\\"])
    func sqlInAnyFieldIsText(_ text: String) async throws {
        try await NotesWorld.with { world in
            let other = try await world.create()
            let note = try await world.service.create(owner: text, title: text, text: text, language: "en")
            let read = try await world.service.note(note.id, owner: text).note
            #expect(read == note)
            #expect(try await world.service.list(owner: text).notes == [note])
            let changes = NoteChanges(title: text + text, originalText: text + "x")
            #expect(try await world.service.update(note.id, owner: text, changes).title == text + text)
            try await world.service.delete(note.id, owner: text)
            #expect(try await world.service.note(other.id, owner: "ada").note == other)
        }
    }

    @Test func tablesRefuseWhatTheRulesForbid() async throws {
        try await NotesWorld.with { world in
            _ = try await world.create()
            let changes: [SQLStatement] = [
                "id = 'x'", "owner = ''", "title = ''", "original_language = 'x'", "revision = 0", "text_revision = 2",
            ]
            for change in changes {
                let error = await #expect(throws: StorageError.self) {
                    _ = try await world.database.write { try $0.execute("UPDATE notes SET \(change)") }
                }
                #expect(error?.code == .constraint, "\(change)")
            }
        }
    }
}
