/// What went wrong with accounts, worded for the person who must act.
///
/// `code` is for programs, `message` for people; neither holds a password, a key, a token or SQL. `cause` keeps the
/// error underneath and belongs in logs only.
package struct IdentityError: Error, Sendable, CustomStringConvertible {
    /// The kinds of failure a caller may want to tell apart.
    package enum Code: String, Sendable {
        /// No credentials, or none that are worth anything. Never says which part of them was wrong.
        case unauthenticated
        /// Whoever asks is known, and may not do this.
        case forbidden
        /// There is no such user or key, or it belongs to somebody else.
        case notFound
        /// Something of that name exists already, or as many as there may be.
        case conflict
        /// A value breaks a rule that the message names.
        case invalid
        /// Too many attempts; `retryAfter` says when to come back.
        case throttled
        /// The month's characters are used up; `retryAfter` says when the next month begins.
        case quotaExceeded
        /// Part of it is done, and the message says which part is not; `retryAfter` says when to try again.
        case unfinished
        /// The disk is full. Reading goes on; writing works again as soon as there is room.
        case storageFull
        /// The store cannot be reached or is broken, or what is asked for is not configured.
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

    /// The one answer to all credentials that are not good.
    static func badCredentials(cause: (any Error)? = nil) -> IdentityError {
        IdentityError(
            .unauthenticated,
            "The credentials are missing, wrong, expired or revoked; expected a valid token or API key.",
            cause: cause
        )
    }

    /// There is no user of that id for whoever asks.
    package static func unknownUser(_ id: String) -> IdentityError {
        IdentityError(.notFound, "There is no user '\(Shown.short(id))'.")
    }
}

/// Values as messages show them.
enum Shown {
    /// At most 64 characters, control characters escaped.
    static func short(_ value: String) -> String {
        var shown = ""
        for scalar in value.unicodeScalars.prefix(64) {
            shown += scalar.properties.generalCategory == .control ? scalar.escaped(asASCII: true) : String(scalar)
        }
        return value.unicodeScalars.count > 64 ? shown + "…" : shown
    }
}
