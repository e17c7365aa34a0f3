package import Environment
internal import JobSystem
package import Notes

/// The note store in SQL, for every database behind the `Database` port.
package struct SQLNoteStore: NoteStore {
    private let database: any Database

    /// - Parameter database: migrated to the present `Schema`.
    package init(_ database: any Database) { self.database = database }

    package func insert(_ note: Note, most: Int) async throws {
        try await write { connection in
            let rows = try connection.query("SELECT COUNT(*) AS n FROM notes WHERE owner = \(note.owner)")
            guard try rows.first?.count("n") ?? 0 < most else {
                throw NoteError(.tooMany, "There are \(most) notes, expected fewer; delete one first.")
            }
            try connection.execute(
                """
                INSERT INTO notes (\(NoteRow.columns))
                VALUES (
                    \(note.id), \(note.owner), \(note.title), \(note.originalText), \(note.originalLanguage),
                    \(note.createdAt), \(note.updatedAt), \(note.revision), \(note.textRevision)
                )
                """
            )
        }
    }

    package func note(_ id: NoteID, owner: String) async throws -> Note? {
        try await read { try Self.note(id, owner, $0) }
    }

    package func notes(of owner: String, limit: Int, mostBytes: Int, cursor: NoteCursor?) async throws -> NotePage {
        let limit = min(max(limit, 1), 200)
        var condition: SQLStatement = "owner = \(owner)"
        if let cursor { condition = condition + " AND (created_at, id) < (\(cursor.time), \(cursor.id))" }
        let places: SQLStatement = """
            SELECT id, created_at, length(original_text) + COALESCE(
                (SELECT CAST(SUM(length(translated_text)) AS BIGINT) FROM note_translations WHERE note_id = notes.id), 0
            ) AS size
            FROM notes WHERE \(condition) ORDER BY created_at DESC, id DESC LIMIT \(limit + 1)
            """
        return try await read { connection in
            let found = try connection.query(places)
            let page = try Self.prefix(of: found, limit, mostBytes)
            let rows = try connection.query(
                """
                SELECT \(NoteRow.columns) FROM notes WHERE id IN \(list: try page.map { try $0.text("id") })
                ORDER BY created_at DESC, id DESC
                """
            )
            let notes = try NoteRow.notes(rows, connection)
            let next = page.count < found.count ? notes.last.map { NoteCursor(time: $0.createdAt, id: $0.id) } : nil
            return NotePage(notes: notes, next: next)
        }
    }

    package func update(
        _ id: NoteID,
        owner: String,
        _ changes: NoteChanges,
        ifAt revision: Int64?,
        at time: Timestamp
    ) async throws -> Note? {
        try await write { connection in
            guard let before = try Self.note(id, owner, connection) else { return nil }
            try Self.check(before.revision, revision)
            var note = before
            note.title = changes.title ?? note.title
            note.originalText = changes.originalText ?? note.originalText
            note.originalLanguage = changes.originalLanguage ?? note.originalLanguage
            note.revision += 1
            if !note.hasSameText(as: before) { note.textRevision += 1 }
            note.updatedAt = time
            let changed = try connection.execute(
                """
                UPDATE notes SET title = \(note.title), original_text = \(note.originalText),
                    original_language = \(note.originalLanguage), updated_at = \(time),
                    revision = \(note.revision), text_revision = \(note.textRevision)
                WHERE id = \(id) AND revision = \(before.revision)
                """
            )
            // Somebody changed it since it was read: run again, and see what they made of it.
            if changed == 0 { throw StorageError(.serialization, "A note was changed twice at once.") }
            return note
        }
    }

    package func delete(_ id: NoteID, owner: String, ifAt revision: Int64?) async throws -> Bool {
        try await write { connection in
            guard let present = try Self.revision(of: id, owner, connection) else { return false }
            try Self.check(present, revision)
            let deleted = try connection.execute("DELETE FROM notes WHERE id = \(id) AND revision = \(present)")
            if deleted == 0 { throw StorageError(.serialization, "A note was changed while it was deleted.") }
            return true
        }
    }

    package func record(
        _ translation: NoteTranslation,
        into language: String,
        of id: NoteID,
        owner: String
    ) async throws -> Bool {
        try await write { connection in
            // The note first, whose row then excludes others: changes of a note come one after the other.
            let noted = try connection.execute(
                """
                UPDATE notes SET revision = revision + 1, updated_at = \(translation.updatedAt)
                WHERE id = \(id) AND owner = \(owner) AND text_revision >= \(translation.textRevision)
                    AND NOT EXISTS (
                        SELECT 1 FROM note_translations WHERE note_id = \(id) AND language = \(language)
                            AND text_revision > \(translation.textRevision)
                    )
                """
            )
            guard noted == 1 else { return false }
            try connection.execute(
                """
                INSERT INTO note_translations (note_id, language, translated_text, job_id, updated_at, text_revision)
                VALUES (
                    \(id), \(language), \(translation.text), \(translation.jobID), \(translation.updatedAt),
                    \(translation.textRevision)
                )
                ON CONFLICT (note_id, language) DO UPDATE
                SET translated_text = excluded.translated_text, job_id = excluded.job_id,
                    updated_at = excluded.updated_at, text_revision = excluded.text_revision
                """
            )
            return true
        }
    }

    package func eraseAll(ofOwner owner: String) async throws -> [NoteID] {
        try await write { connection in
            try connection.query("DELETE FROM notes WHERE owner = \(owner) RETURNING id").compactMap {
                NoteID(try $0.text("id"))
            }
        }
    }

    package func counts(owner: String?) async throws -> [NoteCount] {
        let condition: SQLStatement = if let owner { " WHERE owner = \(owner)" } else { "" }
        return try await read { connection in
            try connection.query(
                """
                SELECT original_language, COUNT(*) AS notes FROM notes\(condition)
                GROUP BY original_language ORDER BY COUNT(*) DESC, original_language LIMIT 1000
                """
            ).map { NoteCount(language: try $0.text("original_language"), notes: try $0.count("notes")) }
        }
    }
}

extension SQLNoteStore {
    private static func note(_ id: NoteID, _ owner: String, _ connection: any SQLConnection) throws -> Note? {
        let rows = try connection.query("SELECT \(NoteRow.columns) FROM notes WHERE id = \(id) AND owner = \(owner)")
        return try NoteRow.notes(rows, connection).first
    }

    private static func revision(
        of id: NoteID,
        _ owner: String,
        _ connection: any SQLConnection
    ) throws -> Int64? {
        try connection.query("SELECT revision FROM notes WHERE id = \(id) AND owner = \(owner)").first?
            .integer("revision")
    }

    private static func check(_ present: Int64, _ expected: Int64?) throws {
        guard let expected, expected != present else { return }
        throw NoteError(.conflict, "The note is at revision '\(present)', expected '\(expected)'.")
    }

    /// As many rows as a page holds: at least one, then while the texts stay within `mostBytes`.
    private static func prefix(of rows: [SQLRow], _ limit: Int, _ mostBytes: Int) throws -> ArraySlice<SQLRow> {
        var (count, size) = (0, 0)
        for row in rows.prefix(limit) {
            size += try row.count("size")
            if count > 0, size > mostBytes { break }
            count += 1
        }
        return rows.prefix(count)
    }

    /// A write whose errors are `NoteError`s.
    private func write<T: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> T) async throws -> T {
        do {
            return try await database.write(body)
        } catch let error as StorageError {
            throw NoteError(error)
        }
    }

    /// A read whose errors are `NoteError`s.
    private func read<T: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> T) async throws -> T {
        do {
            return try await database.read(body)
        } catch let error as StorageError {
            throw NoteError(error)
        }
    }
}

extension Note {
    /// Compared byte by byte: Swift's `==` takes differently composed characters for the same.
    fileprivate func hasSameText(as other: Note) -> Bool {
        originalText.utf8.elementsEqual(other.originalText.utf8)
            && originalLanguage.utf8.elementsEqual(other.originalLanguage.utf8)
    }
}

extension NoteError {
    /// A storage failure as users of notes see it.
    fileprivate init(_ error: StorageError) {
        switch error.code {
        case .storageFull:
            self.init(.storageFull, "The server has no room left to record this. Try again later.", cause: error)
        case .busy, .serialization:
            self.init(
                .unavailable,
                "The note store is too busy. Try again later.",
                retryAfter: .seconds(5),
                cause: error
            )
        case .constraint, .invalidValue:
            self.init(.invalid, "The note store refuses a value that breaks one of its rules.", cause: error)
        case .corrupt, .unavailable, .schema, .statement:
            self.init(.unavailable, "The note store does not work at the moment.", cause: error)
        }
    }
}
