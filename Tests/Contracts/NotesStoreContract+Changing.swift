internal import Environment
internal import Notes
internal import Testing

extension NoteStoreContract {
    static let changing: [ContractCase<NoteStoreContract>] = [
        ContractCase("changes change what they name and raise the revisions") { suite async throws in
            var note = try await suite.insert()
            note.updatedAt = start + .seconds(5)
            func update(_ changes: NoteChanges) async throws -> Note? {
                try await suite.store.update(note.id, owner: "ada", changes, ifAt: nil, at: note.updatedAt)
            }
            (note.title, note.revision) = ("Salute", 2)
            #expect(try await update(NoteChanges(title: "Salute")) == note)
            (note.originalText, note.revision, note.textRevision) = ("Bye", 3, 2)
            #expect(try await update(NoteChanges(originalText: "Bye")) == note)
            note.revision = 4
            #expect(try await update(NoteChanges(originalText: "Bye")) == note, "the same text is no other text")
            (note.originalLanguage, note.revision, note.textRevision) = ("de", 5, 3)
            #expect(try await update(NoteChanges(originalLanguage: "de")) == note)
            #expect(try await suite.other.note(note.id, owner: "ada") == note)
        },
        ContractCase("a change that expects another revision changes nothing") { suite async throws in
            let note = try await suite.insert()
            let changes = NoteChanges(title: "Salute")
            let update = await #expect(throws: NoteError.self) {
                _ = try await suite.store.update(note.id, owner: "ada", changes, ifAt: 2, at: start)
            }
            let deletion = await #expect(throws: NoteError.self) {
                _ = try await suite.store.delete(note.id, owner: "ada", ifAt: 2)
            }
            #expect(update?.code == .conflict && deletion?.code == .conflict)
            #expect(try await suite.other.note(note.id, owner: "ada") == note)
            #expect(try await suite.store.update(note.id, owner: "ada", changes, ifAt: 1, at: start)?.revision == 2)
        },
        ContractCase("of changes at once that expect one revision, one is made") { suite async throws in
            let note = try await suite.insert()
            let made = await withTaskGroup(of: Bool.self) { group in
                for number in 0..<20 {
                    let store = number % 2 == 0 ? suite.store : suite.other
                    group.addTask {
                        let changes = NoteChanges(title: "\(number)")
                        return (try? await store.update(note.id, owner: "ada", changes, ifAt: 1, at: start)) != nil
                    }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(made == 1)
            #expect(try await suite.store.note(note.id, owner: "ada")?.revision == 2)
        },
        ContractCase("nobody changes or deletes another owner's note") { suite async throws in
            let note = try await suite.insert()
            let changes = NoteChanges(title: "Mine")
            #expect(try await suite.store.update(note.id, owner: "eve", changes, ifAt: nil, at: start) == nil)
            #expect(try await suite.store.delete(note.id, owner: "eve", ifAt: nil) == false)
            let translation = NotesSamples.translation()
            #expect(try await suite.store.record(translation, into: "de", of: note.id, owner: "eve") == false)
            #expect(try await suite.other.note(note.id, owner: "ada") == note)
        },
        ContractCase("a translation never takes the place of one of a later text") { suite async throws in
            let note = try await suite.insert()
            func record(_ text: String, _ revision: Int64) async throws -> Bool {
                let translation = NotesSamples.translation(text, textRevision: revision, at: start + .seconds(9))
                return try await suite.store.record(translation, into: "de", of: note.id, owner: "ada")
            }
            #expect(try await record("from nowhere", 2) == false, "there is no such text yet")
            #expect(try await record("Hallo", 1))
            #expect(try await record("Hallo!", 1), "the same text may be translated anew")
            let changes = NoteChanges(originalText: "Bye")
            _ = try await suite.store.update(note.id, owner: "ada", changes, ifAt: nil, at: start)
            #expect(try await record("Hallo?", 1), "stale, but so is what it replaces")
            #expect(try await record("Tschüs", 2))
            #expect(try await record("Hallo", 1) == false)
            let after = try #require(try await suite.other.note(note.id, owner: "ada"))
            #expect(after.translations["de"]?.text == "Tschüs")
            #expect(after.originalText == "Bye" && after.revision == 6 && after.updatedAt == start + .seconds(9))
        },
        ContractCase("a deleted note is gone with its translations") { suite async throws in
            let note = try await suite.insert()
            let translation = NotesSamples.translation()
            _ = try await suite.store.record(translation, into: "de", of: note.id, owner: "ada")
            #expect(try await suite.store.delete(note.id, owner: "ada", ifAt: nil))
            #expect(try await suite.store.delete(note.id, owner: "ada", ifAt: nil) == false)
            #expect(try await suite.store.record(translation, into: "de", of: note.id, owner: "ada") == false)
            try await suite.insert(note)
            #expect(try await suite.other.note(note.id, owner: "ada") == note)
        },
        ContractCase("erasing an owner takes all of theirs and nobody else's") { suite async throws in
            let mine = [try await suite.insert(), try await suite.insert(NotesSamples.note(2))]
            let others = try await suite.insert(NotesSamples.note(3, owner: "eve"))
            #expect(Set(try await suite.store.eraseAll(ofOwner: "ada")) == Set(mine.map(\.id)))
            #expect(try await suite.store.eraseAll(ofOwner: "ada").isEmpty)
            #expect(try await suite.other.note(mine[0].id, owner: "ada") == nil)
            #expect(try await suite.other.note(others.id, owner: "eve") == others)
        },
    ]
}
