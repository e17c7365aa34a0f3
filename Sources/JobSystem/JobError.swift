/// What went wrong in the job system, worded for the person who must act.
///
/// `code` is for programs, `message` for people; neither holds texts to translate, SQL or secrets. `cause` keeps the
/// error underneath and belongs in logs only.
package struct JobError: Error, Sendable, CustomStringConvertible {
    /// The kinds of failure a caller may want to tell apart.
    package enum Code: String, Sendable {
        /// A value breaks a rule that the message names.
        case invalid
        /// A value is larger than its limit.
        case tooLarge
        /// There is no such job, or it belongs to somebody else.
        case notFound
        /// The job's state does not allow what is asked.
        case conflict
        /// The idempotency key was used for a different request.
        case keyReused
        /// Too much is waiting already; `retryAfter` says when to come back.
        case overloaded
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
    /// Whether what failed may have been recorded all the same: its confirmation was lost.
    package var mayHaveHappened = false

    package init(_ code: Code, _ message: String, retryAfter: Duration? = nil, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.retryAfter = retryAfter
        self.cause = cause
    }

    package var description: String { message }

    /// There is no job of that id for whoever asks.
    package static func unknown(_ id: JobID) -> JobError {
        JobError(.notFound, "There is no job '\(id)'.")
    }
}
