/// What went wrong with notes, worded for the person who must act.
///
/// `code` is for programs, `message` for people; neither holds a note's text or SQL. `cause` keeps the error underneath
/// and belongs in logs only.
package struct NoteError: Error, Sendable, CustomStringConvertible {
    /// The kinds of failure a caller may want to tell apart.
    package enum Code: String, Sendable {
        /// A value breaks a rule that the message names.
        case invalid
        /// A value is larger than its limit.
        case tooLarge
        /// There is no such note, or it belongs to somebody else.
        case notFound
        /// The note is not at the revision that the caller expects.
        case conflict
        /// The owner has as many notes as there may be.
        case tooMany
        /// The disk is full. Reading goes on; writing works again as soon as there is room.
        case storageFull
        /// The store cannot be reached or is broken.
        case unavailable
    }

    package var code: Code
    package var message: String
    /// How long to wait before trying again, where that is known.
    package var retryAfter: Duration?
    package var cause: (any Error)?

    package init(_ code: Code, _ message: String, retryAfter: Duration? = nil, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.retryAfter = retryAfter
        self.cause = cause
    }

    package var description: String { message }

    /// There is no note of that id for whoever asks.
    package static func unknown(_ id: NoteID) -> NoteError { NoteError(.notFound, "There is no note '\(id)'.") }
}
