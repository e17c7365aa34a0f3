/// What goes wrong with Redis. Messages hold no keys, values or passwords, and of a server's own words only the code,
/// since Redis likes to quote what it was sent.
package struct RedisError: Error, CustomStringConvertible {
    package enum Code: String, Hashable, Sendable {
        /// The address, or a part of it, is none.
        case invalidAddress
        /// There is no connection to the server, or it went away.
        case unavailable
        /// The server did not answer in time. Whether it did what it was asked is not known.
        case timedOut
        /// Too much waits for the server already, or the command is too large. It was not sent.
        case busy
        /// The server does not do it; `serverCode` says why.
        case refused
        /// What the server sent is no reply to what it was asked.
        case unexpectedReply
    }

    package var code: Code
    package var message: String
    /// The first word of the server's error, such as `WRONGPASS`, if it sent one.
    package var serverCode: String?
    /// Set where another library failed.
    package var cause: (any Error)?

    package init(_ code: Code, _ message: String, serverCode: String? = nil, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.serverCode = serverCode
        self.cause = cause
    }

    package var description: String { message }
}
