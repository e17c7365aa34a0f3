import Environment
import JobSystem
import Logging
import Messaging
import PostgreSQL
import Storage

/// What a server gets by where its database is: a file, or the address of PostgreSQL.
struct ProbeParts {
    let database: any Database
    let events: any EventBus
    let wakeUp: any JobWakeUp
    private let notifications: PostgresNotifications?

    init(_ place: String) throws {
        guard PostgresAddress.isAddress(place) else {
            database = try SQLiteDatabase(path: place)
            events = InProcessEventBus()
            wakeUp = InProcessWakeUp(environment: .live)
            notifications = nil
            return
        }
        let logger = Logger(label: "probe") { StreamLogHandler.standardError(label: $0) }
        let address = try PostgresAddress(place)
        var configuration = PostgresDatabase.Configuration()
        // A server that is being restarted is waited for.
        configuration.waitTimeout = .seconds(30)
        database = PostgresDatabase(address, configuration: configuration, logger: logger)
        let notifications = PostgresNotifications(address, logger: logger)
        events = PostgresEventBus(notifications)
        wakeUp = PostgresWakeUp(notifications, environment: .live)
        self.notifications = notifications
    }

    /// What has to run beside the server, until the task is cancelled.
    func run() async { await notifications?.run() }
}
