package import Environment

/// A note's text in another language.
package struct NoteTranslation: Hashable, Codable, Sendable {
    package var text: String
    /// The job that made it.
    package var jobID: String
    package var updatedAt: Timestamp
    /// The note's text that it translates (`Note.textRevision`).
    package var textRevision: Int64

    package init(text: String, jobID: String, updatedAt: Timestamp, textRevision: Int64) {
        self.text = text
        self.jobID = jobID
        self.updatedAt = updatedAt
        self.textRevision = textRevision
    }
}

/// A text that somebody keeps, with its translations.
package struct Note: Hashable, Codable, Sendable, Identifiable {
    package let id: NoteID
    /// Whose it is; nobody else sees it.
    package let owner: String
    package var title: String
    package var originalText: String
    package var originalLanguage: String
    /// By language code.
    package var translations: [String: NoteTranslation]
    package let createdAt: Timestamp
    package var updatedAt: Timestamp
    /// Rises with every change, a recorded translation included.
    package var revision: Int64
    /// Rises when the text or its language changes; translations of an earlier one are stale.
    package var textRevision: Int64

    package init(
        id: NoteID,
        owner: String,
        title: String,
        originalText: String,
        originalLanguage: String,
        translations: [String: NoteTranslation] = [:],
        createdAt: Timestamp,
        updatedAt: Timestamp,
        revision: Int64 = 1,
        textRevision: Int64 = 1
    ) {
        self.id = id
        self.owner = owner
        self.title = title
        self.originalText = originalText
        self.originalLanguage = originalLanguage
        self.translations = translations
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.revision = revision
        self.textRevision = textRevision
    }

    /// Whether the translation is of an earlier text than the note has now.
    package func isStale(_ translation: NoteTranslation) -> Bool { translation.textRevision < textRevision }

    /// The translation that stands for the note: the latest of its present text, or else the latest of all.
    package var latestTranslation: (language: String, translation: NoteTranslation)? {
        translations.max { left, right in
            (left.value.textRevision, left.value.updatedAt, left.key)
                < (right.value.textRevision, right.value.updatedAt, right.key)
        }.map { ($0.key, $0.value) }
    }

    /// The text of the translation that stands for the note, and its language.
    package var translatedText: String? { latestTranslation?.translation.text }
    package var translatedLanguage: String? { latestTranslation?.language }
}
