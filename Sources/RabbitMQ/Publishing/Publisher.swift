internal import Environment
internal import JobSystem
internal import Logging
internal import Synchronization

/// Sends messages, on a connection and a thread of its own, with the broker's confirmation for each.
///
/// At most `window` messages are unconfirmed. With some 200 bytes each they fit into what sockets hold, so that the
/// thread does not wait in sending even when the broker has stopped to read.
final class Publisher: Sendable {
    private static let window = 256
    /// How long a publisher that is to end goes on sending what waits.
    private static let farewell = Duration.seconds(1)

    let link: BrokerLink
    private let topology: Topology
    private let outbox: Mutex<Outbox>
    private let counts: Mutex<RabbitMQStatus.Counts>
    private let drops = FailureStreak()
    private let environment: ServiceEnvironment
    private let logger: Logger

    init(
        _ address: RabbitMQAddress,
        _ topology: Topology,
        capacity: Int,
        _ environment: ServiceEnvironment,
        _ logger: Logger
    ) {
        link = BrokerLink("publisher", address, topology, environment, logger)
        self.topology = topology
        self.environment = environment
        self.logger = logger
        outbox = Mutex(Outbox(capacity: capacity, window: Self.window))
        counts = Mutex(RabbitMQStatus.Counts())
    }

    /// What it has published, and what became of that; the rest is zero.
    var published: RabbitMQStatus.Counts { counts.withLock { $0 } }

    /// Messages that are not confirmed yet.
    var waiting: Int { outbox.withLock { $0.count } }

    /// From any thread; never waits. What there is no room for is dropped.
    func send(_ messages: [JobMessage]) {
        guard !messages.isEmpty else { return }
        let dropped = outbox.withLock { $0.append(messages) }
        link.waker.wake()
        note(dropped: dropped)
    }

    func run() async {
        await link.run(session: { [self] connection in
            defer { outbox.withLock { $0.startOver() } }
            try connection.selectConfirms()
            try converse(connection)
        })
    }

    // MARK: The thread

    private func converse(_ connection: AMQPConnection) throws {
        let exchange = CText(topology.exchange)
        let keys = Dictionary(uniqueKeysWithValues: PriorityClass.allCases.map { ($0, CText(topology.routingKey($0))) })
        var isBlocked = false
        var end: ContinuousClock.Instant?
        while true {
            let batch = isBlocked ? [] : outbox.withLock { $0.take(at: .now) }
            for message in batch {
                guard let key = keys[message.priorityClass] else { continue }
                try connection.publish(message.bytes, to: exchange, key)
            }
            counts.withLock { $0.published += Int64(batch.count) }
            let events = try connection.takeEvents()
            for event in events {
                if case .blocked(let value) = event {
                    isBlocked = value
                    link.setBlocked(value)
                }
                try settle(event)
            }
            if link.isStopped {
                end = end ?? .now + Self.farewell
                if outbox.withLock({ $0.isEmpty }) || .now >= end ?? .now { return }
            }
            if batch.isEmpty, events.isEmpty { wait(connection, end) }
        }
    }

    private func wait(_ connection: AMQPConnection, _ end: ContinuousClock.Instant?) {
        let resumption = outbox.withLock { $0.resumesAt } ?? .now + .seconds(60)
        connection.wait(link.waker, until: min(resumption, end ?? resumption))
    }

    private func settle(_ event: BrokerEvent) throws {
        switch event {
        case .confirmation(let tag, let isMultiple, let isAccepted):
            let random = environment.random()
            let settled = outbox.withLock {
                $0.settle(tag, isMultiple: isMultiple, isAccepted: isAccepted, at: .now, random: random)
            }
            counts.withLock { counts in
                counts.confirmed += Int64(settled.confirmed)
                counts.refused += Int64(settled.refused)
            }
        case .returned:
            counts.withLock { $0.returned += 1 }
            // A queue was deleted. The next connection makes it anew, and sends again what this one did not confirm:
            // the confirmation of a message that was returned comes after it.
            throw RabbitMQError(.topology, "The message broker has no queue for a message; it is declared again.")
        case .blocked, .delivery, .cancelled: break
        }
    }

    private func note(dropped: Int) {
        counts.withLock { $0.dropped += Int64(dropped) }
        guard dropped > 0 else { return _ = drops.succeed() }
        guard drops.fail() else { return }
        logger.warning("too many messages wait for the broker; jobs are found in the database instead")
    }
}
