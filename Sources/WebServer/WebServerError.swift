/// Why the server cannot run, worded for whoever starts it.
package struct WebServerError: Error, Sendable, CustomStringConvertible {
    package enum Code: String, Sendable {
        /// The address cannot be listened on: it is in use, not this machine's, or not allowed.
        case addressUnavailable
    }

    package var code: Code
    package var message: String
    package var cause: (any Error)?

    package init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    package var description: String { message }
}
