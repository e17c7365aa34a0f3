internal import Foundation

/// What a job that translates a note has as payload (JSON). `recordTranslation` takes it back with the result.
package struct NoteJob: Hashable, Codable, Sendable {
    /// The kind of such jobs.
    package static let kind = "note"

    package var noteID: NoteID
    package var text: String
    /// Which of the note's texts that is.
    package var textRevision: Int64

    package init(noteID: NoteID, text: String, textRevision: Int64) {
        self.noteID = noteID
        self.text = text
        self.textRevision = textRevision
    }

    /// The payload: the same for the same job, so that a repeated request is recognised.
    var payload: String {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys]
            return String(decoding: try encoder.encode(self), as: UTF8.self)
        }
    }

    private enum CodingKeys: String, CodingKey {
        case noteID = "note_id"
        case text
        case textRevision = "text_revision"
    }
}
