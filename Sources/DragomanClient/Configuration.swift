public import Foundation

extension DragomanClient {
    /// Where the server is, who asks, and how patient to be.
    public struct Configuration: Sendable {
        /// Where the server is, such as `https://translate.example.org`. A path is put in front of the API's own.
        public var baseURL: URL
        /// Who asks; `nil` for a server in local mode, which asks for no credential.
        public var credential: Credential?
        /// How often a call is repeated after the first attempt; 0 for never.
        public var maxRetries: Int
        /// The wait before the first repetition. It doubles with each further one, up to 30 seconds, and varies by
        /// chance between half of that and the whole.
        public var retryDelay: Duration
        /// How long one attempt of a call may take, from connecting to the last byte of the answer.
        public var timeout: Duration
        /// How often a WebSocket is asked for a sign of life. Two intervals without one count as a lost connection.
        public var heartbeatInterval: Duration
        /// A file with certificates (PEM) to trust instead of the system's, for servers with one of their own making.
        public var trustedCertificates: String?

        /// Sets everything; whatever is left out suits a server on the Internet.
        public init(
            baseURL: URL,
            credential: Credential? = nil,
            maxRetries: Int = 3,
            retryDelay: Duration = .milliseconds(500),
            timeout: Duration = .seconds(30),
            heartbeatInterval: Duration = .seconds(30),
            trustedCertificates: String? = nil
        ) {
            self.baseURL = baseURL
            self.credential = credential
            self.maxRetries = maxRetries
            self.retryDelay = retryDelay
            self.timeout = timeout
            self.heartbeatInterval = heartbeatInterval
            self.trustedCertificates = trustedCertificates
        }
    }

    /// An API key or an access token. It does not show itself in descriptions, so that it stays out of logs.
    public struct Credential: Sendable, CustomStringConvertible, CustomReflectable {
        let token: String

        /// Takes an API key (`dgm_…`) or an access token from `/auth/login`.
        public init(_ token: String) { self.token = token }

        public var description: String { "Credential(********)" }
        public var customMirror: Mirror { Mirror(self, children: [:]) }
    }
}
