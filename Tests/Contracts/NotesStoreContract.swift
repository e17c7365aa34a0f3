internal import Environment
package import Notes
internal import Testing

/// What every `NoteStore` promises. `store` and `other` share their data, as two processes would; both are empty.
package struct NoteStoreContract: Sendable {
    let store: any NoteStore
    let other: any NoteStore

    package init(store: any NoteStore, other: any NoteStore) {
        self.store = store
        self.other = other
    }

    static let start = ManualTime.start

    package static let cases = keeping + changing

    @discardableResult
    func insert(_ note: Note = NotesSamples.note()) async throws -> Note {
        try await store.insert(note, most: 1000)
        return note
    }

    static let keeping: [ContractCase<NoteStoreContract>] = [
        ContractCase("a note is read back whole, by its owner") { suite async throws in
            for (number, text) in JobStoreContract.hostileTexts.enumerated() {
                var note = NotesSamples.note(
                    UInt64(number),
                    owner: String(text.prefix(100)),
                    title: String(text.prefix(200)),
                    text: text,
                    language: "zh-Hant"
                )
                try await suite.insert(note)
                let translation = NotesSamples.translation(text)
                #expect(try await suite.store.record(translation, into: "hi", of: note.id, owner: note.owner))
                note.translations = ["hi": translation]
                note.revision = 2
                #expect(try await suite.other.note(note.id, owner: note.owner) == note)
                #expect(try await suite.other.note(note.id, owner: "eve") == nil)
                let page = try await suite.other.notes(of: note.owner, limit: 9, mostBytes: .max, cursor: nil)
                #expect(page == NotePage(notes: [note], next: nil))
            }
            #expect(try await suite.other.note(NotesSamples.id(99), owner: "ada") == nil)
        },
        ContractCase("lists are the owner's, newest first, page by page") { suite async throws in
            var expected: [NoteID] = []
            for number in 0..<7 {
                let note = NotesSamples.note(UInt64(number), at: start + .seconds(number))
                expected.insert(try await suite.insert(note).id, at: 0)
            }
            try await suite.insert(NotesSamples.note(90, owner: "eve"))
            var (seen, cursor): ([NoteID], NoteCursor?) = ([], nil)
            repeat {
                let page = try await suite.other.notes(of: "ada", limit: 3, mostBytes: .max, cursor: cursor)
                #expect(page.notes.count <= 3)
                seen += page.notes.map(\.id)
                cursor = page.next
                try await suite.insert(NotesSamples.note(UInt64(100 + seen.count), at: start + .seconds(60)))
            } while cursor != nil
            #expect(seen == expected)
        },
        ContractCase("a page of long notes ends early, and the next goes on") { suite async throws in
            for number in 0..<5 {
                let text = String(repeating: "é", count: 100)
                let note = NotesSamples.note(UInt64(number), text: text, at: start + .seconds(number))
                try await suite.insert(note)
            }
            var (pages, cursor): ([Int], NoteCursor?) = ([], nil)
            repeat {
                let page = try await suite.other.notes(of: "ada", limit: 50, mostBytes: 250, cursor: cursor)
                pages.append(page.notes.count)
                cursor = page.next
            } while cursor != nil
            #expect(pages == [2, 2, 1])
            let one = try await suite.other.notes(of: "ada", limit: 50, mostBytes: 1, cursor: nil)
            #expect(one.notes.count == 1 && one.next != nil)
        },
        ContractCase("no owner has more notes than allowed") { suite async throws in
            for number in 0..<3 { try await suite.store.insert(NotesSamples.note(UInt64(number)), most: 3) }
            let error = await #expect(throws: NoteError.self) {
                try await suite.store.insert(NotesSamples.note(9), most: 3)
            }
            #expect(error?.code == .tooMany)
            try await suite.store.insert(NotesSamples.note(9, owner: "eve"), most: 3)
        },
        ContractCase("a text with U+0000 is refused and leaves nothing") { suite async throws in
            let error = await #expect(throws: NoteError.self) {
                try await suite.insert(NotesSamples.note(text: "a\0b"))
            }
            #expect(error?.code == .invalid)
            #expect(try await suite.other.counts(owner: nil).isEmpty)
        },
        ContractCase("notes are counted by language") { suite async throws in
            for (number, language) in ["en", "de", "en"].enumerated() {
                try await suite.insert(NotesSamples.note(UInt64(number), language: language))
            }
            try await suite.insert(NotesSamples.note(9, owner: "eve", language: "de"))
            let counts = [NoteCount(language: "en", notes: 2), NoteCount(language: "de", notes: 1)]
            #expect(try await suite.other.counts(owner: "ada") == counts)
            #expect(try await suite.other.counts(owner: nil).map(\.notes) == [2, 2])
            #expect(try await suite.other.counts(owner: "' OR 1=1 --").isEmpty)
        },
    ]
}
