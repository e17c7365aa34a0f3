internal import Environment
internal import Hummingbird
internal import HummingbirdCore
internal import Logging
internal import NIOCore
internal import NIOPosix
internal import ServiceLifecycle

/// The HTTP server: the API, WebSockets, event streams, metrics and documentation, on one port.
///
/// A graceful shutdown stops accepting, lets requests in progress end, closes WebSockets with 1001, ends event streams, and
/// is over after `shutdownTimeout` at the latest, when what is left is cut off.
package struct WebServer: Service {
    private let configuration: WebServerConfiguration
    private let services: WebServices
    private let onListening: @Sendable (_ host: String, _ port: Int) async -> Void

    /// - Parameter onListening: called once, with the address that is listened on.
    package init(
        _ configuration: WebServerConfiguration,
        services: WebServices,
        onListening: @escaping @Sendable (_ host: String, _ port: Int) async -> Void = { _, _ in }
    ) {
        self.configuration = configuration
        self.services = services
        self.onListening = onListening
    }

    /// Every operation there is, as method and template such as `/api/v1/notes/{id}`.
    package var operations: [(method: String, template: String)] {
        RouteTable(services, configuration, RequestMetrics(factory: services.metrics), localMode).index.operations
            .map { ($0.method, $0.template) }
    }

    /// Serves until the task is cancelled or a graceful shutdown has ended.
    /// - Throws: `WebServerError` if the address cannot be listened on.
    package func run() async throws {
        let open = OpenConnections()
        let (configuration, environment) = (configuration, services.environment)
        let application = application(open)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await Self.run(application, configuration) }
            group.addTask {
                try? await gracefulShutdown()
                try? await environment.sleep(configuration.shutdownTimeout)
                // After a cancellation too: connections that wait for their clients must not hold up the end.
                open.closeAll()
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    private static func run(_ application: some ApplicationProtocol, _ configuration: WebServerConfiguration)
        async throws
    {
        do {
            try await application.run()
        } catch let error as IOError {
            throw WebServerError.unavailable(configuration, ListeningProblem.words(error.errnoCode), error)
        } catch let error as SocketAddressError.UnknownHost {
            throw WebServerError.unavailable(configuration, "api_host is no address, nor a name that has one.", error)
        }
    }

    private var localMode: LocalMode { LocalMode(isOn: configuration.mode == .local, services) }

    private func application(_ open: OpenConnections) -> some ApplicationProtocol {
        let (metrics, localMode) = (RequestMetrics(factory: services.metrics), localMode)
        let sockets = JobSocket(
            services: services,
            configuration: configuration,
            localMode: localMode,
            metrics: metrics
        )
        let (configuration, logger, onListening) = (configuration, services.logger, onListening)
        let server = HTTPServerBuilder { responder in
            ServerChannel(
                responder: responder,
                limits: configuration.connections,
                webSocketLimits: configuration.webSockets,
                bodyBytes: configuration.bodyBytes,
                connections: open,
                acceptsWebSocket: sockets.handler
            )
        }
        return Application(
            router: RouteTable(services, configuration, metrics, localMode).router(),
            server: server,
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.host, port: configuration.port),
                // As many as Linux lets wait to be accepted: thousands come back at once after a restart, and who finds
                // no room tries again only after seconds.
                backlog: 4096,
                availableConnectionsDelegate: .maximum(configuration.connections.connections, logger: logger)
            ),
            onServerRunning: { channel in
                let address = channel.localAddress
                await onListening(address?.ipAddress ?? configuration.host, address?.port ?? configuration.port)
            },
            logger: logger
        )
    }
}
