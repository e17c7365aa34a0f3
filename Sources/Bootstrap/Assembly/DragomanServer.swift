internal import CoreMetrics
internal import Environment
internal import Foundation
internal import Identity
internal import Inference
internal import JobSystem
package import Logging
internal import Messaging
internal import Notes
internal import Redis
internal import ServiceLifecycle
internal import Storage
internal import Telemetry
internal import TranslationService
internal import WebServer

/// The whole server, put together from its settings: API, worker, and what looks after them, in one group of services.
///
/// The group ends on SIGTERM and SIGINT: the API stops accepting and ends what it has begun, then the worker finishes its
/// jobs or gives them back. A second signal ends the process at once.
package struct DragomanServer: Sendable {
    private let settings: SettingValues
    private let logger: Logger
    private let version: String
    private let onListening: @Sendable (_ address: String, _ isLocal: Bool) async -> Void
    private let onEnding: @Sendable (_ jobs: Int, _ limit: Duration) -> Void

    /// - Parameters:
    ///   - onListening: called once, with the server's address, and whether it is in local mode.
    ///   - onEnding: called once when it is told to end, with how many jobs are being worked on, and how long that may take.
    package init(
        _ settings: SettingValues,
        version: String,
        logger: Logger,
        onListening: @escaping @Sendable (_ address: String, _ isLocal: Bool) async -> Void,
        onEnding: @escaping @Sendable (_ jobs: Int, _ limit: Duration) -> Void
    ) {
        self.settings = settings
        self.version = version
        self.logger = logger
        self.onListening = onListening
        self.onEnding = onEnding
    }

    /// Serves until it is told to end.
    /// - Throws: `ConfigurationError`, `InstallationError` where the address cannot be listened on, and whatever else keeps
    ///   the server from starting.
    package func run() async throws {
        let environment = ServiceEnvironment.live
        for note in settings.notes { logger.warning("\(note)") }
        let folder = try DataFolder(settings(Settings.dataFolder), mayMake: true)
        let choice = DatabaseChoice(settings, folder)
        let redis = try RedisAssembly(settings, choice, environment, logger)
        let translation = try await TranslationAssembly(settings, folder, redis, environment, logger)
        let caches = OwnerCaches(
            segments: translation.cache,
            disk: translation.segments,
            notes: redis.map { RedisCache($0.client) } ?? InProcessCache(environment: environment),
            lifetime: .seconds(settings(Settings.cacheDays) * 86_400),
            environment: environment
        )
        let installation = try await Installation.open(
            settings,
            environment: environment,
            mayMake: true,
            erasures: caches.erasures,
            noteCache: caches.notes,
            limiter: redis.map { RedisRateLimiter($0.client) },
            tickets: redis.map { RedisTicketLedger($0.client) }
        )
        let isWorker = settings(Settings.role) == .worker
        if !isWorker { try await FirstAccount(settings).make(installation.identity) }
        // A worker answers nobody's requests.
        let isLocal = isWorker ? false : try await Self.isLocal(settings, installation.identity)
        let parts = try Parts(settings, installation, translation, caches, redis, logger)
        let web = WebServer(
            webConfiguration(isLocal),
            services: parts.webServices,
            onListening: { [onListening] host, port in await onListening(Self.address(host, port), isLocal) }
        )
        var group = ServiceGroupConfiguration(
            services: parts.backgroundServices.map { .init(service: $0) } + [.init(service: web)],
            logger: logger
        )
        group.maximumGracefulShutdownDuration = settings(Settings.shutdownTimeout) + .seconds(3)
        try await run(ServiceGroup(configuration: group), parts)
        await installation.identity.settle()
        try await installation.database.close()
        try await translation.segmentDatabase?.close()
    }

    private func run(_ group: ServiceGroup, _ parts: Parts) async throws {
        let limit = settings(Settings.shutdownTimeout)
        let signals = EndingSignals(group: group, logger: logger) { [onEnding] in onEnding(parts.runningJobs(), limit) }
        do {
            try await signals.run()
        } catch let error as WebServerError {
            throw InstallationError(.unavailable, error.message)
        }
    }

    private static func address(_ host: String, _ port: Int) -> String {
        "http://\(host.contains(":") ? "[\(host)]" : host):\(port)"
    }

    /// Whether requests need no credentials.
    /// - Throws: `ConfigurationError` where others could reach a server without accounts.
    private static func isLocal(_ settings: SettingValues, _ identity: IdentityService) async throws -> Bool {
        if try await identity.hasUsers() { return false }
        let host = settings(Settings.apiHost)
        let loopback = ["localhost", "127.0.0.0/8", "::1"]
        let isLoopback = loopback.contains(host) || loopback.contains { AddressRange($0)?.contains(host) == true }
        if isLoopback { return !settings(Settings.allowSignup) }
        if settings(Settings.allowSignup), !settings(Settings.secretKey).isEmpty { return false }
        throw ConfigurationError(problems: [
            """
            api_host is '\(host)', which others can reach, and there are no accounts: everybody could use the server as \
            its administrator. Expected a loopback address such as 127.0.0.1, or an account ('dragoman users add', or \
            admin_email and admin_password_file).
            """
        ])
    }

    private func webConfiguration(_ isLocal: Bool) -> WebServerConfiguration {
        var configuration = WebServerConfiguration()
        configuration.host = settings(Settings.apiHost)
        configuration.port = settings(Settings.apiPort)
        configuration.mode = isLocal ? .local : .accounts
        configuration.isMonitoringOnly = settings(Settings.role) == .worker
        configuration.version = version
        configuration.allowedOrigins = settings(Settings.allowedOrigins)
        configuration.bodyBytes = settings(Settings.maximumBody)
        configuration.bodyMemory = settings(Settings.bodyMemory)
        configuration.retention = .seconds(settings(Settings.retentionDays) * 86_400)
        // The worker needs the rest of the time.
        configuration.shutdownTimeout = settings(Settings.shutdownTimeout) / 3
        configuration.trustedProxies = settings(Settings.trustedProxies).compactMap { AddressRange($0) }
        return configuration
    }
}
