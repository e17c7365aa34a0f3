internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL

/// An attempt that ended before the whole had come, and that may be made again.
struct Interruption: Error {
    /// In words that complete "the download stopped: ".
    var reason: String
    /// Seconds that the server asked to wait.
    var askedWait: Int?

    init(_ reason: String, askedWait: Int? = nil) {
        self.reason = reason
        self.askedWait = askedWait
    }

    /// What the HTTP client reports of the network.
    init(_ error: any Error, limits: DownloadLimits) {
        reason =
            switch error {
            case let error as HTTPClientError: Self.words(error, limits)
            case let error as NIOConnectionError: Self.words(error)
            case let error as IOError: SystemError.words(error.errnoCode)
            case is ChannelError, is HTTPParserError: "the connection was closed"
            case is NIOSSLError, is BoringSSLError: "the encrypted connection failed"
            default: "the connection failed (\(type(of: error)))"
            }
    }

    private static func words(_ error: HTTPClientError, _ limits: DownloadLimits) -> String {
        switch error {
        case .remoteConnectionClosed: "the connection was closed"
        case .readTimeout, .deadlineExceeded: "nothing came for \(limits.silence.components.seconds) s"
        case .connectTimeout, .getConnectionFromPoolTimeout:
            "no connection within \(limits.connectTimeout.components.seconds) s"
        default: error.shortDescription
        }
    }

    private static func words(_ error: NIOConnectionError) -> String {
        if let first = error.connectionErrors.first?.error as? IOError { return SystemError.words(first.errnoCode) }
        if error.connectionErrors.isEmpty { return "the host '\(error.host)' cannot be found" }
        return "cannot connect to '\(error.host)'"
    }

    /// Whether an error says that a server could not prove who it is, which no other attempt mends.
    static func isDistrust(_ error: any Error) -> Bool {
        switch error {
        case NIOSSLError.unableToValidateCertificate, NIOSSLError.noCertificateToValidate: true
        case let error as NIOSSLExtraError: error == .failedToValidateHostname
        // The library tells it by the reason of OpenSSL alone.
        case NIOSSLError.handshakeFailed(let reason): "\(reason)".contains("CERTIFICATE_VERIFY_FAILED")
        default: false
        }
    }
}
