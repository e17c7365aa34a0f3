package import Environment

/// A place in a list of notes. Its text form goes to clients; treat it as opaque there.
package struct NoteCursor: Hashable, Sendable {
    package var time: Timestamp
    package var id: NoteID

    package init(time: Timestamp, id: NoteID) {
        self.time = time
        self.id = id
    }

    /// Reads the text form; `nil` for anything else.
    package init?(text: String) {
        guard text.utf8.count <= 64 else { return nil }
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let time = Int64(parts[0]), let id = NoteID(String(parts[1])) else { return nil }
        self.init(time: Timestamp(microseconds: time), id: id)
    }

    package var text: String { "\(time.microseconds).\(id)" }
}

/// Some notes, the latest created first, and where to go on; no cursor on the last page.
package struct NotePage: Hashable, Sendable {
    package var notes: [Note]
    package var next: NoteCursor?

    package init(notes: [Note], next: NoteCursor?) {
        self.notes = notes
        self.next = next
    }
}
