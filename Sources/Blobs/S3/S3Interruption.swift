internal import AsyncHTTPClient
internal import Foundation
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL

/// An attempt that may be made again.
struct S3Interruption: Error {
    /// In words that complete "Cannot …: ".
    let reason: String
    /// Seconds that the store asked to wait.
    var askedWait: Int?
    var cause: (any Error)?

    init(_ reason: String, askedWait: Int? = nil, cause: (any Error)? = nil) {
        (self.reason, self.askedWait, self.cause) = (reason, askedWait, cause)
    }

    /// What the HTTP client reports of the network.
    init(_ error: any Error, _ configuration: S3Configuration) {
        let endpoint = "'\(configuration.reachedEndpoint)'"
        let words =
            switch error {
            case let error as HTTPClientError: Self.words(error, configuration)
            case let error as NIOConnectionError: Self.words(error)
            case let error as IOError: Self.words(error.errnoCode)
            case is ChannelError: "the connection was closed"
            case is HTTPParserError: "the answer is no HTTP"
            case is NIOSSLError, is BoringSSLError: "the encrypted connection failed"
            default: "the connection failed (\(type(of: error)))"
            }
        self.init("\(endpoint) cannot be used: \(words)", cause: error)
    }

    private static func words(_ error: HTTPClientError, _ configuration: S3Configuration) -> String {
        switch error {
        case .remoteConnectionClosed: "the connection was closed"
        case .readTimeout: "nothing came for \(configuration.silence.words)"
        case .deadlineExceeded: "no answer within \(configuration.exchangeTime.words)"
        case .connectTimeout, .getConnectionFromPoolTimeout:
            "no connection within \(configuration.connectTimeout.words)"
        default: error.shortDescription
        }
    }

    private static func words(_ error: NIOConnectionError) -> String {
        if let first = error.connectionErrors.first?.error as? IOError { return words(first.errnoCode) }
        return error.connectionErrors.isEmpty ? "its host cannot be found" : "no connection can be made"
    }

    private static func words(_ code: Int32) -> String {
        let text = String(cString: strerror(code))
        return text.prefix(1).lowercased() + text.dropFirst()
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

extension Duration {
    /// In seconds, as people write them.
    fileprivate var words: String {
        "\(Double(components.seconds) + Double(components.attoseconds / 1_000_000_000_000_000) / 1000) s"
    }
}
