/// What went wrong in the engine, worded for the person who must act.
///
/// `message` names the file or value at fault, what was found and what was expected; `cause` keeps the error
/// underneath, for logs.
public struct InferenceError: Error, Sendable, CustomStringConvertible {
    /// The kinds of failure a caller may want to tell apart.
    public enum Code: String, Sendable {
        /// A file or directory is not there or cannot be opened.
        case missing
        /// A file is there and its content breaks its format.
        case corrupt
        /// A well-formed model needs something this engine does not run.
        case unsupported
        /// A request cannot be carried out as asked.
        case invalidRequest
        /// The request was withdrawn, or the engine was shut down, before it ended.
        case cancelled
    }

    public var code: Code
    public var message: String
    public var cause: (any Error)?

    public init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    public var description: String { message }
}
