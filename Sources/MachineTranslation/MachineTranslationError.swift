/// What went wrong in translating or in finding a model, worded for the person who must act.
public struct MachineTranslationError: Error, Sendable, CustomStringConvertible {
    /// The kinds of failure a caller may want to tell apart.
    public enum Code: String, Sendable {
        /// No model, or no file of one, where it was looked for.
        case modelMissing
        /// A model's description or package breaks its format.
        case modelCorrupt
        /// A well-formed model needs something this program does not have.
        case modelUnsupported
        /// There is no such language, or no model for the pair.
        case unknownLanguage
        /// A request cannot be carried out as asked.
        case invalidRequest
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
