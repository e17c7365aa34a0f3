/// Why a call failed.
///
/// Decide by ``code``, show ``message`` to people, and keep ``cause`` for logs.
public struct DragomanClientError: Error, Sendable {
    /// What kind of failure it was. More kinds may be added: treat one you do not know as ``unexpected``.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Value: String {
            case invalidRequest, unauthenticated, forbidden, notFound, conflict, tooLarge, impossible, rateLimited
            case overloaded, serverFailed, unreachable, timedOut, cancelled, jobFailed, jobCancelled, unexpected
        }

        private let value: Value

        private init(_ value: Value) { self.value = value }

        public var description: String { value.rawValue }

        /// The request cannot be understood, or the client's configuration cannot be used.
        public static let invalidRequest = Code(.invalidRequest)
        /// There is no credential, or the server does not know it (any more).
        public static let unauthenticated = Code(.unauthenticated)
        /// The credential does not allow this.
        public static let forbidden = Code(.forbidden)
        /// There is no such thing, or it belongs to somebody else.
        public static let notFound = Code(.notFound)
        /// The state of things does not allow this, such as cancelling a job that has ended.
        public static let conflict = Code(.conflict)
        /// The text is longer than the server or the account allows.
        public static let tooLarge = Code(.tooLarge)
        /// Understood but impossible: an unknown language, a pair without a model, an empty text.
        public static let impossible = Code(.impossible)
        /// Too many requests, or the quota is used up, even after retries.
        public static let rateLimited = Code(.rateLimited)
        /// The server is too busy, even after retries.
        public static let overloaded = Code(.overloaded)
        /// The server failed.
        public static let serverFailed = Code(.serverFailed)
        /// There is no connection to the server, even after retries.
        public static let unreachable = Code(.unreachable)
        /// The server did not answer in time.
        public static let timedOut = Code(.timedOut)
        /// The task was cancelled, or the client was shut down.
        public static let cancelled = Code(.cancelled)
        /// The job that was waited for has failed.
        public static let jobFailed = Code(.jobFailed)
        /// The job that was waited for was cancelled.
        public static let jobCancelled = Code(.jobCancelled)
        /// The server answered something that it should not.
        public static let unexpected = Code(.unexpected)
    }

    /// A field of the request with what is wrong with it.
    public struct Field: Hashable, Sendable, Decodable {
        /// The field's name.
        public var field: String
        /// What is wrong and what was expected.
        public var message: String
    }

    /// What kind of failure it was.
    public var code: Code
    /// What went wrong, for people.
    public var message: String
    /// The fields of the request that were refused.
    public var fields: [Field]
    /// The HTTP status, if the server answered.
    public var status: Int?
    /// How long the server wants to be left alone, if it said so.
    public var retryAfter: Duration?
    /// What it comes from.
    public var cause: (any Error)?

    /// Makes an error, for tests of code that calls this library.
    public init(
        _ code: Code,
        _ message: String,
        fields: [Field] = [],
        status: Int? = nil,
        retryAfter: Duration? = nil,
        cause: (any Error)? = nil
    ) {
        self.code = code
        self.message = message
        self.fields = fields
        self.status = status
        self.retryAfter = retryAfter
        self.cause = cause
    }
}

extension DragomanClientError: CustomStringConvertible {
    public var description: String {
        let details = fields.map { " \($0.field): \($0.message)" }.joined()
        return "\(code): \(message)\(details)"
    }
}
