internal import Environment
internal import JobSystem
internal import Logging
internal import Messaging
internal import PostgreSQL
internal import ServiceLifecycle

/// How workers are woken and events travel: within the process, or to all processes that share a PostgreSQL database.
struct MessagingAssembly {
    let events: any EventBus
    let wakeUp: any JobWakeUp
    /// What has to run for that; before, and until after, everything that uses it.
    let services: [any Service]

    init(_ choice: DatabaseChoice, _ environment: ServiceEnvironment, _ logger: Logger) throws {
        guard let address = try choice.postgres else {
            events = InProcessEventBus()
            wakeUp = InProcessWakeUp(environment: environment)
            services = []
            return
        }
        let notifications = PostgresNotifications(address, environment: environment, logger: logger)
        events = PostgresEventBus(notifications)
        wakeUp = PostgresWakeUp(notifications, environment: environment)
        services = [NotificationService(notifications: notifications)]
    }
}

/// Brings news of other processes, and takes news to them.
private struct NotificationService: Service {
    let notifications: PostgresNotifications

    func run() async throws {
        await cancelWhenGracefulShutdown { await notifications.run() }
    }
}
