/// What stands in a command's way, where every setting is a possible one. Worded for the person who gave the command.
package struct InstallationError: Error, Sendable, CustomStringConvertible {
    package enum Code: String, Sendable {
        /// What is to be read is not there: a database, a backup.
        case missing
        /// What is read is not what it should be.
        case damaged
        /// What is to be made is there already, or cannot be written.
        case cannotCreate
        /// The command does not do this.
        case impossible
        /// Something that is needed is taken or does not answer.
        case unavailable
    }

    package var code: Code
    package var message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }
}
