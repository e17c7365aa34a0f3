/// What went wrong between a request for a translation and the engine, worded for the person who asked.
///
/// `message` quotes language codes, never texts. `cause` belongs in logs only.
package struct TranslationServiceError: Error, Sendable, CustomStringConvertible {
    /// The kinds of failure a caller may want to tell apart.
    package enum Code: String, Sendable {
        /// No model knows the language.
        case unknownLanguage = "unknown_language"
        /// Both languages are known, and nothing translates from one to the other.
        case impossiblePair = "impossible_pair"
        /// Source and target are the same.
        case sameLanguage = "same_language"
        /// There is nothing to translate.
        case emptyText = "empty_text"
        /// The source language is to be recognised and cannot be.
        case undetected = "undetected_language"
        /// A text, a list or a number is larger than is allowed.
        case tooLarge = "too_large"
        /// The payload of a job is not what this program writes.
        case invalid = "invalid_request"
        /// It takes longer than a caller may wait; `retryAfter` says when to come back.
        case overloaded = "overloaded"
        /// A model cannot be loaded or run.
        case unavailable = "engine_unavailable"
        /// There is no model of that name.
        case unknownModel = "unknown_model"
        /// A model cannot be loaded, or let go of, as it is asked for.
        case modelConflict = "model_conflict"
    }

    package var code: Code
    package var message: String
    package var retryAfter: Duration?
    package var cause: (any Error)?

    package init(_ code: Code, _ message: String, retryAfter: Duration? = nil, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.retryAfter = retryAfter
        self.cause = cause
    }

    package var description: String { message }
}
