internal import AsyncHTTPClient
package import Environment
internal import NIOCore
internal import NIOSSL

/// A connection to a Dragoman server.
///
///     let configuration = DragomanClient.Configuration(baseURL: url, credential: .init(key))
///     try await DragomanClient.withClient(configuration) { client in
///         print(try await client.translate("Good morning.", from: "en", to: "es").text)
///     }
///
/// One client serves any number of tasks at once; it keeps connections open between calls. Calls that can be repeated
/// without harm are repeated after connection errors and when the server asks for patience (429, 502, 503, 504), as far
/// as ``Configuration/maxRetries`` allows. A `Retry-After` is honoured; one of more than a minute ends the call, and
/// the error tells it. Where a 429 says when its turn is, every call waits for that, for two minutes at most. Cancelling the task ends a call at once.
///
/// All methods throw ``DragomanClientError``.
public final class DragomanClient: Sendable {
    /// What the client was made with.
    public let configuration: Configuration
    let transport: Transport
    private let http: HTTPClient

    /// Makes a client, without connecting yet. It must be ended with ``shutdown()``; ``withClient(_:_:)`` sees to that.
    ///
    /// - Throws: ``DragomanClientError/Code/invalidRequest`` if the configuration cannot be used.
    public convenience init(_ configuration: Configuration) throws {
        try self.init(configuration, environment: .live)
    }

    /// As ``init(_:)``, with time and chance passed in for the waits between attempts.
    package init(_ configuration: Configuration, environment: ServiceEnvironment) throws {
        try configuration.validate()
        let address = try ServerAddress(configuration.baseURL)
        let tls = address.isSecure ? try TLSSettings(trustedCertificates: configuration.trustedCertificates) : nil
        var settings = HTTPClient.Configuration()
        settings.tlsConfiguration = tls?.configuration
        // A redirect would carry the credential to wherever it points.
        settings.redirectConfiguration = .disallow
        settings.httpVersion = .http1Only
        settings.connectionPool.retryConnectionEstablishment = false
        settings.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 64
        settings.timeout.connect = TimeAmount(configuration.timeout)
        http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: settings)
        self.configuration = configuration
        transport = Transport(
            http: http,
            address: address,
            tls: tls,
            configuration: configuration,
            environment: environment
        )
    }

    /// Runs `body` with a client that lives as long as it does.
    public static func withClient<Result>(
        _ configuration: Configuration,
        _ body: (DragomanClient) async throws -> Result
    ) async throws -> Result {
        let client = try DragomanClient(configuration)
        do {
            let result = try await body(client)
            try await client.shutdown()
            return result
        } catch {
            try? await client.shutdown()
            throw error
        }
    }

    /// Closes all connections. Calls in progress end with an error, and so do later ones. Doing it twice does no harm.
    public func shutdown() async throws {
        do {
            try await http.shutdown()
        } catch let error as HTTPClientError where error == .alreadyShutdown {
            return
        } catch {
            throw DragomanClientError(.unexpected, "The client could not be shut down.", cause: error)
        }
    }
}

extension DragomanClient.Configuration {
    fileprivate func validate() throws {
        func refuse(_ name: String, _ value: String, _ expected: String) -> DragomanClientError {
            DragomanClientError(.invalidRequest, "\(name) is '\(value)', expected \(expected).")
        }
        guard (0...100).contains(maxRetries) else { throw refuse("maxRetries", "\(maxRetries)", "0 to 100") }
        guard retryDelay >= .zero else { throw refuse("retryDelay", "\(retryDelay)", "0 seconds or more") }
        for (name, span) in [("timeout", timeout), ("heartbeatInterval", heartbeatInterval)] {
            guard span > .zero, span <= .seconds(86_400) else {
                throw refuse(name, "\(span)", "more than 0 and up to a day")
            }
        }
        if let token = credential?.token {
            guard !token.isEmpty, token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
                throw DragomanClientError(.invalidRequest, "The credential holds characters that no key or token has.")
            }
        }
    }
}
