internal import JobSystem
internal import Notes

/// Notes as rows.
enum NoteRow {
    static let columns: SQLStatement = """
        id, owner, title, original_text, original_language, created_at, updated_at, revision, text_revision
        """

    /// Notes with their translations, in the order of the rows.
    static func notes(_ rows: [SQLRow], _ connection: any SQLConnection) throws -> [Note] {
        guard !rows.isEmpty else { return [] }
        let ids = try rows.map { try $0.text("id") }
        var translations: [String: [String: NoteTranslation]] = [:]
        for row in try connection.query(
            """
            SELECT note_id, language, translated_text, job_id, updated_at, text_revision
            FROM note_translations WHERE note_id IN \(list: ids)
            """
        ) { translations[try row.text("note_id"), default: [:]][try row.text("language")] = try translation(row) }
        return try zip(rows, ids).map { try note($0, $1, translations[$1] ?? [:]) }
    }

    private static func note(
        _ row: SQLRow,
        _ text: String,
        _ translations: [String: NoteTranslation]
    ) throws -> Note {
        guard let id = NoteID(text) else { throw row.wrong("id", "a note id") }
        return Note(
            id: id,
            owner: try row.text("owner"),
            title: try row.text("title"),
            originalText: try row.text("original_text"),
            originalLanguage: try row.text("original_language"),
            translations: translations,
            createdAt: try row.time("created_at"),
            updatedAt: try row.time("updated_at"),
            revision: try row.integer("revision"),
            textRevision: try row.integer("text_revision")
        )
    }

    private static func translation(_ row: SQLRow) throws -> NoteTranslation {
        NoteTranslation(
            text: try row.text("translated_text"),
            jobID: try row.text("job_id"),
            updatedAt: try row.time("updated_at"),
            textRevision: try row.integer("text_revision")
        )
    }
}

extension NoteID: SQLValueConvertible { package var sqlValue: SQLValue { .text(text) } }
