/// What went wrong in text analysis, in words for the person who must act.
public struct TextAnalysisError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure, for code that decides.
    public enum Code: String, Sendable {
        /// The file is missing, is no regular file, or cannot be read.
        case unreadableFile
        /// The file was read, but is not what it should be: damaged, of another kind, or beyond the limits.
        case invalidFile
        /// The text is longer than the operation accepts.
        case textTooLong
        /// A library failed on valid input.
        case libraryFailure
    }

    /// The kind of failure.
    public var code: Code
    /// What was found, and what was expected instead; a full sentence.
    public var message: String
    /// The error beneath this one, if there is one.
    public var cause: (any Error)?

    /// The message, followed by the cause's description if there is a cause.
    public var description: String {
        guard let cause else { return message }
        return "\(message) Cause: \(cause)"
    }

    /// Makes an error from its parts.
    public init(code: Code, message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }
}
