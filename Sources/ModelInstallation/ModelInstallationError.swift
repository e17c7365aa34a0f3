/// What went wrong in installing, removing or verifying a model, worded for the person who must act.
package struct ModelInstallationError: Error, Sendable, CustomStringConvertible {
    /// The kinds of failure a caller may want to tell apart.
    package enum Code: String, Sendable {
        /// A name, address or option that cannot be carried out as it was given.
        case invalidRequest
        /// Nothing of that name, at that path or at that address.
        case notFound
        /// There is something of the wanted name already.
        case alreadyInstalled
        /// Another process installs or removes a model of the same name.
        case busy
        /// A server cannot be reached, or does not answer as it should, after every retry.
        case unreachable
        /// What arrived or lies there is not what was announced, or no model that can be run.
        case damaged
        /// Larger than may be installed.
        case tooLarge
        /// Too little space on the disk.
        case noSpace
        /// A file that is there cannot be read.
        case unreadable
        /// A file or folder cannot be written.
        case unwritable
    }

    package var code: Code
    package var message: String
    package var cause: (any Error)?

    package init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        // Names, addresses and reasons come from archives and servers.
        self.message = PlainText(message).description
        self.cause = cause
    }

    package var description: String { message }
}
