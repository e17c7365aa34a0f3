package import Environment

/// What to change of a note; `nil`: as it is.
package struct NoteChanges: Hashable, Sendable {
    package var title: String?
    package var originalText: String?
    package var originalLanguage: String?

    package init(title: String? = nil, originalText: String? = nil, originalLanguage: String? = nil) {
        self.title = title
        self.originalText = originalText
        self.originalLanguage = originalLanguage
    }

    package var isEmpty: Bool { title == nil && originalText == nil && originalLanguage == nil }
}

/// Notes of one language.
package struct NoteCount: Hashable, Sendable {
    package var language: String
    package var notes: Int

    package init(language: String, notes: Int) {
        self.language = language
        self.notes = notes
    }
}

/// Where notes are kept.
///
/// Promises of every implementation:
/// - A method that returns has made its change durable; one that throws has changed nothing.
/// - Every method is atomic, and may be called from any task, thread or process that shares the store.
/// - Time is passed in; a store never looks at a clock.
/// - Nobody reads or changes what belongs to another owner: to them it does not exist.
/// - Errors are `NoteError`s: `.storageFull` and `.unavailable` beside those named below.
///
/// `NoteStoreContract` in the tests is this text as code.
package protocol NoteStore: Sendable {
    /// Records a note, which has no translations yet.
    /// - Throws: `.tooMany` if the owner has `most` notes already.
    func insert(_ note: Note, most: Int) async throws

    func note(_ id: NoteID, owner: String) async throws -> Note?

    /// A page of an owner's notes, newest first. Notes created while someone pages do not shift later pages.
    /// - Parameters:
    ///   - limit: clamped to 1...200.
    ///   - mostBytes: a page ends early when its texts, in characters, exceed this; it has one note at least.
    func notes(of owner: String, limit: Int, mostBytes: Int, cursor: NoteCursor?) async throws -> NotePage

    /// Makes the changes and raises the revision, and the text's where text or language become different ones.
    /// - Parameter revision: changes nothing unless the note is at this one; `nil`: whichever it is at.
    /// - Returns: the note as it is now, or `nil` if there is none.
    /// - Throws: `.conflict` for another revision.
    func update(_ id: NoteID, owner: String, _ changes: NoteChanges, ifAt revision: Int64?, at time: Timestamp)
        async throws -> Note?

    /// - Returns: whether there was such a note. Throws `.conflict` for another revision.
    func delete(_ id: NoteID, owner: String, ifAt revision: Int64?) async throws -> Bool

    /// Records a translation in the place of one in the same language, unless that one is of a later text. The note's
    /// text stays as it is.
    /// - Returns: whether it was recorded.
    func record(_ translation: NoteTranslation, into language: String, of id: NoteID, owner: String) async throws
        -> Bool

    /// Erases all of an owner's notes and returns their ids.
    func eraseAll(ofOwner owner: String) async throws -> [NoteID]

    /// How many notes there are by language, most first, at most 1,000. `nil`: everybody's.
    func counts(owner: String?) async throws -> [NoteCount]
}
