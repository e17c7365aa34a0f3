internal import Environment
internal import JobSystem
internal import Logging
internal import Messaging
internal import PostgreSQL
internal import RabbitMQ
internal import Redis
internal import ServiceLifecycle
internal import WebServer

/// How jobs reach workers and events travel: within the process; to all processes that share a PostgreSQL database; by
/// RabbitMQ and Redis, where there are any.
struct MessagingAssembly {
    let events: any EventBus
    let queue: any JobQueue
    /// What has to run for that; before, and until after, everything that uses it.
    let services: [any Service]
    let healthChecks: [HealthCheck]
    /// Sets what is measured of all this.
    let measure: GaugeReading

    init(
        _ settings: SettingValues,
        _ installation: Installation,
        _ redis: RedisAssembly?,
        _ logger: Logger
    ) throws {
        let (environment, store) = (installation.environment, installation.jobs)
        var services = redis?.services ?? []
        var healthChecks: [HealthCheck] = []
        if let client = redis?.client {
            healthChecks.append(HealthCheck("redis", isEssential: false) { try client.verify() })
        }
        let broker = try Self.broker(settings, installation, logger)
        if let broker {
            services.append(ConnectionService(run: broker.run))
            healthChecks.append(HealthCheck("rabbitmq", isEssential: false) { try broker.check() })
        }
        let address = try installation.choice.postgres
        // What neither of the two carries.
        let notifications = (redis == nil || broker == nil ? address : nil).map {
            PostgresNotifications($0, environment: environment, logger: logger)
        }
        if let client = redis?.client {
            events = RedisEventBus(client)
        } else {
            events = notifications.map { PostgresEventBus($0) } ?? InProcessEventBus()
        }
        if let broker {
            queue = broker
        } else {
            let wakeUp: any JobWakeUp =
                notifications.map { PostgresWakeUp($0, environment: environment) }
                ?? InProcessWakeUp(environment: environment)
            queue = ClaimingJobQueue(store: store, wakeUp: wakeUp, environment: environment)
        }
        // Last, as the channels are made by now.
        if let notifications { services.append(ConnectionService(run: notifications.run)) }
        (self.services, self.healthChecks) = (services, healthChecks)
        measure = { [client = redis?.client] set in
            if let status = client?.status {
                set("dragoman_redis_connected", status.isConnected ? 1 : 0, [])
                set("dragoman_redis_failures", Double(status.failures + status.timeouts), [])
            }
            guard let status = broker?.status else { return }
            set("dragoman_broker_connected", status.isWorking ? 1 : 0, [])
            let counts = status.counts
            for (fate, count) in [
                ("published", counts.published), ("confirmed", counts.confirmed), ("returned", counts.returned),
                ("dropped", counts.dropped), ("consumed", counts.consumed), ("stale", counts.stale),
                ("swept", counts.swept),
            ] { set("dragoman_broker_messages", Double(count), [("fate", fate)]) }
        }
    }

    private static func broker(
        _ settings: SettingValues,
        _ installation: Installation,
        _ logger: Logger
    ) throws -> RabbitMQJobQueue? {
        let url = settings(Settings.rabbitURL)
        guard !url.isEmpty else { return nil }
        do {
            return try RabbitMQJobQueue(
                RabbitMQAddress(url),
                store: installation.jobs,
                environment: installation.environment,
                logger: logger
            )
        } catch let error as RabbitMQError {
            throw ConfigurationError(problems: ["rabbitmq_url: \(error.message)"])
        }
    }
}
