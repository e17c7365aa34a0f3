public import Foundation

/// A text that is kept on the server, with its translations.
public struct Note: Hashable, Sendable, Decodable {
    /// A translation of a note.
    public struct Translation: Hashable, Sendable, Decodable {
        /// The translated text.
        public var text: String
        /// The job that made it.
        public var jobID: String
        /// When it was made.
        public var updatedAt: Date
        /// Whether the note's text has changed since.
        public var isStale: Bool

        private enum CodingKeys: String, CodingKey {
            case text
            case jobID = "job_id"
            case updatedAt = "updated_at"
            case isStale = "stale"
        }
    }

    /// Its name.
    public var id: String
    /// Its title.
    public var title: String
    /// The text as it was written.
    public var text: String
    /// The text's language.
    public var language: String
    /// The latest translation.
    public var translatedText: String?
    /// The language of the latest translation.
    public var translatedLanguage: String?
    /// All translations by language.
    public var translations: [String: Translation]
    /// When it was made.
    public var createdAt: Date
    /// When it was last changed.
    public var updatedAt: Date
    /// Rises with every change.
    public var revision: Int64

    private enum CodingKeys: String, CodingKey {
        case id, title, translations, revision
        case text = "original_text"
        case language = "original_language"
        case translatedText = "translated_text"
        case translatedLanguage = "translated_language"
        case createdAt = "created_at"
        case updatedAt = "updated_at"
    }
}
