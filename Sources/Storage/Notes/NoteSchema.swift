/// The tables of `SQLNoteStore`.
enum NoteSchema {
    static let version1: [SQLStatement] = [
        """
        CREATE TABLE notes (
            id TEXT NOT NULL PRIMARY KEY,
            owner TEXT NOT NULL,
            title TEXT NOT NULL,
            original_text TEXT NOT NULL,
            original_language TEXT NOT NULL,
            created_at BIGINT NOT NULL,
            updated_at BIGINT NOT NULL,
            revision BIGINT NOT NULL,
            text_revision BIGINT NOT NULL,
            CONSTRAINT note_names_in_range CHECK (
                length(id) = 21 AND length(owner) BETWEEN 1 AND 128 AND length(title) >= 1
                AND length(original_language) BETWEEN 2 AND 35
            ),
            CONSTRAINT note_revisions_in_range CHECK (text_revision BETWEEN 1 AND revision)
        )
        """,
        """
        CREATE TABLE note_translations (
            note_id TEXT NOT NULL REFERENCES notes (id) ON DELETE CASCADE,
            language TEXT NOT NULL,
            translated_text TEXT NOT NULL,
            job_id TEXT NOT NULL,
            updated_at BIGINT NOT NULL,
            text_revision BIGINT NOT NULL,
            PRIMARY KEY (note_id, language),
            CONSTRAINT translation_in_range CHECK (length(language) BETWEEN 2 AND 35 AND text_revision >= 1)
        )
        """,
        "CREATE INDEX notes_of_owner ON notes (owner, created_at, id, original_language)",
    ]
}
