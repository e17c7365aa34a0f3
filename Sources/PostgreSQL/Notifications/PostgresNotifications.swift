package import Environment
internal import Foundation
package import Logging
internal import Storage
internal import Synchronization
internal import Threads

/// News between the processes that share a database, by `LISTEN` and `NOTIFY`, on one connection with a thread of its
/// own.
///
/// A commit with notifications takes a lock of the whole database, so they are never part of other transactions: they
/// wait here for `pause` at most, and those of all channels travel in one. When the connection comes back after it was
/// lost, channels are told that they may have missed something.
package final class PostgresNotifications: Sendable {
    /// What fits into a notification: PostgreSQL takes less than 8,000 bytes.
    static let payloadBytes = 7_900
    private static let pause = Duration.milliseconds(2)

    private struct State {
        var channels: [any NotificationChannel] = []
        /// Channels that the connection does not listen to yet.
        var isIncomplete = false
        var isListening = false
        var isStopped = false
    }

    private let options: PostgresConnection.Options
    private let heartbeat: Duration
    private let gate: ConnectionGate
    private let logger: Logger
    /// To be used when a channel has something to send.
    let waker = Waker()
    private let state = Mutex(State())
    private let changed = Signal()

    /// - Parameter heartbeat: after so long the server is asked for a word, so that a connection that is gone is noticed.
    package init(
        _ address: PostgresAddress,
        applicationName: String = "dragoman",
        heartbeat: Duration = .seconds(5),
        environment: ServiceEnvironment = .live,
        logger: Logger
    ) {
        var options = PostgresConnection.Options(address: address)
        options.applicationName = applicationName + " listener"
        options.statementTimeout = .seconds(10)
        options.watch = ServerWatch(options)
        self.options = options
        gate = ConnectionGate(environment: environment)
        self.heartbeat = heartbeat
        self.logger = logger
    }

    /// Listens and sends until the task is cancelled, however often the server goes away meanwhile. Call it once. What
    /// is sent before waits, up to the bounds of its channel.
    package func run() async {
        await DedicatedThread.run("postgres-listener") {
            state.withLock { $0.isStopped = true }
            waker.wake()
        } _: { [self] in
            while !isStopped { session() }
        }
    }

    /// Returns once what others send is heard, or the task is cancelled.
    package func untilListening() async {
        while !Task.isCancelled {
            let ticket = changed.ticket
            if state.withLock({ $0.isListening && !$0.isIncomplete }) { return }
            await changed.wait(after: ticket)
        }
    }

    func add(_ channel: any NotificationChannel) {
        state.withLock { state in
            state.channels.append(channel)
            state.isIncomplete = true
        }
        waker.wake()
    }

    private var isStopped: Bool { state.withLock { $0.isStopped } }
    private var channels: [any NotificationChannel] { state.withLock { $0.channels } }

    // MARK: The thread

    /// The life of one connection.
    private func session() {
        do {
            let connection = try PostgresConnection.open(options, waker: waker)
            defer { state.withLock { $0.isListening = false } }
            gate.open()
            state.withLock { ($0.isListening, $0.isIncomplete) = (true, true) }
            try converse(connection)
        } catch {
            guard !isStopped else { return }
            if gate.putOff() == 1 {
                let cause = (error as? StorageError)?.cause.map { "\($0)" } ?? ""
                logger.warning("no news from other processes", metadata: ["error": "\(error)", "cause": "\(cause)"])
            }
            sleep(until: gate.opensAt)
        }
    }

    private func converse(_ connection: PostgresConnection) throws {
        var (nextSending, nextHeartbeat) = (ContinuousClock.now, ContinuousClock.now + heartbeat)
        var hasWork = true
        while !isStopped {
            if state.withLock({ $0.isIncomplete }) { try listen(connection) }
            if hasWork, .now >= nextSending {
                // Asked anew after every pause, until there is nothing left.
                hasWork = try send(connection)
                if hasWork { nextSending = .now + Self.pause }
            }
            if .now >= nextHeartbeat {
                _ = try connection.exchange([.run("SELECT 1")])
                nextHeartbeat = .now + heartbeat
            }
            distribute(connection.takeNotifications())
            try connection.waitForNotifications(waker, until: hasWork ? nextSending : nextHeartbeat)
            hasWork = true
        }
    }

    private func listen(_ connection: PostgresConnection) throws {
        let channels = channels
        _ = try connection.exchange(channels.map { .run("LISTEN \($0.name)") })
        for channel in channels { channel.markGap() }
        // Only now, so that nobody takes for heard what is not, and the gap comes before whatever is heard. A channel
        // that was added meanwhile has its turn next.
        state.withLock { $0.isIncomplete = $0.channels.count > channels.count }
        changed.raise()
    }

    /// Sends what waits, as one transaction.
    /// - Returns: whether there was anything.
    private func send(_ connection: PostgresConnection) throws -> Bool {
        let sending = channels.map { ($0, $0.takePayloads()) }.filter { !$0.1.isEmpty }
        guard !sending.isEmpty else { return false }
        do {
            let commands = try sending.flatMap { channel, payloads in
                try payloads.flatMap { payload in
                    try connection.statements.commands(for: "SELECT pg_notify(\(channel.name), \(payload))")
                }
            }
            _ = try connection.exchange(commands)
        } catch {
            for (channel, _) in sending { channel.losePayloads() }
            throw error
        }
        return true
    }

    private func distribute(_ notifications: [PostgresNotification]) {
        guard !notifications.isEmpty else { return }
        let channels = channels
        for notification in notifications {
            channels.first { $0.name == notification.channel }?.receive(notification.payload)
        }
    }

    private func sleep(until time: ContinuousClock.Instant) {
        while !isStopped, .now < time {
            Thread.sleep(forTimeInterval: min(0.05, max(0, ContinuousClock.now.duration(to: time) / .seconds(1))))
        }
    }
}
