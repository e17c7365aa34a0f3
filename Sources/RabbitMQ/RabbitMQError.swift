/// What went wrong between this program and the message broker, worded for the person who must act.
///
/// `code` is for programs, `message` for people; neither holds a password or anything of a text. `cause` is what the
/// broker or the library said, for logs only.
package struct RabbitMQError: Error, Sendable, CustomStringConvertible {
    /// The kinds of failure that call for different remedies.
    package enum Code: String, Sendable {
        /// The address is not one, or a name built from the settings is not allowed.
        case invalidAddress
        /// Nobody answers there, or somebody who does not speak AMQP 0-9-1.
        case unreachable
        /// The TLS connection was not to be had, or the broker's certificate is not trusted.
        case untrusted
        /// The user or the password is wrong, or the user may not do this.
        case refused
        /// There is no such virtual host, or the user may not use it.
        case noVirtualHost
        /// A queue or an exchange exists with other properties, or went away.
        case topology
        /// A connection that worked has ended.
        case lost
    }

    package var code: Code
    package var message: String
    package var cause: (any Error)?

    init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    package var description: String { message }
}

/// The broker's or the library's own words.
package struct BrokerReport: Error, Sendable, CustomStringConvertible {
    /// AMQP's reply code; 0 where the library speaks.
    package var code: Int
    package var text: String

    init(code: Int = 0, _ text: String) {
        self.code = code
        // Whoever answers decides what this is.
        self.text = String(text.prefix(300).map { $0.isNewline ? " " : $0 })
    }

    package var description: String { code == 0 ? text : "\(code) \(text)" }
}
