/// What went wrong in a database, worded for the person who must act.
///
/// `message` holds no values that users sent. `cause` keeps the driver's error, SQL included, and belongs in logs only.
package struct StorageError: Error, Sendable, CustomStringConvertible {
    /// The kinds of failure a caller may want to tell apart.
    package enum Code: String, Sendable {
        /// The disk, or the size allowed for the database, is full. Writing works again as soon as there is room.
        case storageFull
        /// Others held a lock for too long, or too many writes wait. Trying again later may help.
        case busy
        /// Two transactions got in each other's way. `Database.write` tries again by itself before it lets this out.
        case serialization
        /// A row breaks a constraint of its table.
        case constraint
        /// A value cannot be stored, or a column does not hold what is expected.
        case invalidValue
        /// The file is not a database, or damaged.
        case corrupt
        /// The database cannot be opened, reached or written.
        case unavailable
        /// The schema is not one this program can work with.
        case schema
        /// A statement is wrong: a programming error.
        case statement
    }

    package var code: Code
    package var message: String
    package var cause: (any Error)?
    /// Whether a write that failed may have happened all the same: its confirmation was lost.
    package var mayHaveHappened = false

    package init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    package var description: String { message }
}
