/// What went wrong with a blob, worded for the person who must act.
///
/// Messages name blobs, buckets and access keys, never secret keys, tokens or contents.
package struct BlobError: Error, Sendable, CustomStringConvertible {
    /// The kinds of failure a caller may want to tell apart.
    package enum Code: String, Sendable {
        /// There is no blob of that name.
        case notFound
        /// The disk or the quota is full. Writing works again as soon as there is room.
        case full
        /// The store cannot be reached, or does not answer as it should, after every retry. Later may help.
        case unavailable
        /// The store refuses the keys, or what they ask for. Only other keys or other rights help.
        case denied
        /// Larger than may be written.
        case tooLarge
        /// A name, prefix, cursor, address or setting that cannot be used as it was given.
        case invalid
    }

    package var code: Code
    package var message: String
    /// What was reported below; for logs only.
    package var cause: (any Error)?

    package init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    package var description: String { message }
}

extension BlobError {
    static func tooLarge(_ name: BlobName, limit: Int) -> BlobError {
        BlobError(.tooLarge, "'\(name)' has more than the \(limit) bytes that it may have; nothing was stored.")
    }
}
