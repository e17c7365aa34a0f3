/// Largest sizes of what is stored with a note, and its rules.
package struct NoteLimits: Hashable, Sendable {
    /// Characters (Unicode scalars) of a title.
    package var titleCharacters = 200
    /// Characters (Unicode scalars) of a text.
    package var textCharacters = 200_000
    /// UTF-8 bytes of a text; of a translation, four times as many.
    package var textBytes = 1 << 20
    /// Notes of one owner.
    package var notesPerOwner = 100_000

    package init() {}

    /// - Throws: `NoteError` `.invalid` or `.tooLarge` naming the field, the value (or its size) and what was expected.
    package func check(title: String) throws(NoteError) {
        let count = title.utf8.count <= 4 * titleCharacters ? title.unicodeScalars.count : title.utf8.count
        guard count <= titleCharacters else {
            throw NoteError(.tooLarge, "The title has \(count) characters, expected at most \(titleCharacters).")
        }
        guard title.unicodeScalars.contains(where: { !$0.properties.isWhitespace }) else {
            throw NoteError(.invalid, "The title is empty, expected 1 to \(titleCharacters) characters.")
        }
        guard title.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control }) else {
            throw NoteError(.invalid, "The title holds control characters, expected none.")
        }
    }

    /// - Throws: as `check(title:)`.
    package func check(text: String) throws(NoteError) {
        guard text.utf8.count <= textBytes else {
            throw NoteError(.tooLarge, "The text has \(text.utf8.count) bytes, expected at most \(textBytes).")
        }
        let count = text.unicodeScalars.count
        guard count <= textCharacters else {
            throw NoteError(.tooLarge, "The text has \(count) characters, expected at most \(textCharacters).")
        }
        guard !text.isEmpty else {
            throw NoteError(.invalid, "The text is empty, expected 1 to \(textCharacters) characters.")
        }
        guard !text.utf8.contains(0) else {
            throw NoteError(.invalid, "The text holds the character U+0000, which cannot be stored; expected none.")
        }
    }

    /// A language code is checked for its form only (`en`, `zh-Hant`, `auto`); what can be translated is for the
    /// catalog to say.
    /// - Throws: as `check(title:)`.
    package func check(language: String) throws(NoteError) {
        let parts =
            language.utf8.count <= 35 ? language.utf8.split(separator: 45, omittingEmptySubsequences: false) : []
        let isWhole = parts.enumerated().allSatisfy { index, part in
            (index == 0 ? 2...8 : 1...8).contains(part.count) && part.allSatisfy { Self.isLetterOrDigit($0) }
        }
        guard !parts.isEmpty, isWhole else {
            let shown = language.unicodeScalars.prefix(35).map { $0.escaped(asASCII: true) }.joined()
            throw NoteError(.invalid, "The language is '\(shown)', expected a code such as 'en' or 'zh-Hant'.")
        }
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
    }
}
