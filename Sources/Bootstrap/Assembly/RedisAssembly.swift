internal import Environment
internal import JobSystem
internal import Logging
internal import Redis
internal import ServiceLifecycle

/// What all processes share by way of Redis, where `redis_url` names one.
struct RedisAssembly {
    let client: RedisClient
    let services: [any Service]

    /// nil where no Redis is named.
    /// - Throws: `ConfigurationError` for an address that is wrong, or one without a database that is shared alike.
    init?(_ settings: SettingValues, _ choice: DatabaseChoice, _ environment: ServiceEnvironment, _ logger: Logger)
        throws
    {
        let url = settings(Settings.redisURL)
        guard !url.isEmpty else { return nil }
        do {
            client = RedisClient(try RedisAddress(url), environment: environment, logger: logger)
        } catch {
            throw ConfigurationError(problems: ["redis_url: \(error.message)"])
        }
        services = [ConnectionService(run: client.run)]
    }
}

/// Keeps connections up until the process ends.
struct ConnectionService: Service {
    let run: @Sendable () async -> Void

    init(run: @escaping @Sendable () async -> Void) { self.run = run }

    func run() async throws {
        await cancelWhenGracefulShutdown { await run() }
    }
}
