internal import Environment
internal import JobSystem
internal import Logging
internal import Synchronization

/// Takes messages from the broker, on a connection and a thread of its own, as soon as somebody asks for jobs.
///
/// Whoever takes a message from here settles it: by `acknowledge`, `reject` or `putBack`. Settling happens on the
/// thread; what belongs to a connection that is gone is dropped, since the broker delivers it again.
final class Consumer: Sendable {
    private struct State {
        /// Classes that anybody has asked for.
        var wanted: Set<PriorityClass> = []
        var buffer = MessageBuffer()
        /// Deliveries of the present connection that are done with, of which the broker does not know yet.
        var settled: Set<UInt64> = []
        /// Counts connections; 0: none yet.
        var generation: UInt64 = 0
        var counts = RabbitMQStatus.Counts()
    }

    let link: BrokerLink
    /// Raised when messages have come.
    let arrivals = Signal()
    private let topology: Topology
    private let prefetch: UInt16
    private let state = Mutex(State())
    private let logger: Logger

    init(
        _ address: RabbitMQAddress,
        _ topology: Topology,
        prefetch: Int,
        _ environment: ServiceEnvironment,
        _ logger: Logger
    ) {
        link = BrokerLink("consumer", address, topology, environment, logger)
        self.topology = topology
        self.prefetch = UInt16(min(max(prefetch, 1), 1000))
        self.logger = logger
    }

    /// What it has consumed, and what became of that; the rest is zero.
    var consumed: RabbitMQStatus.Counts { state.withLock { $0.counts } }

    func hasMessages(of classes: Set<PriorityClass>) -> Bool { state.withLock { $0.buffer.hasMessages(of: classes) } }

    // MARK: For those who ask for jobs

    /// From now on messages of these classes are consumed too.
    func want(_ classes: Set<PriorityClass>) {
        let isNew = state.withLock { state in
            defer { state.wanted.formUnion(classes) }
            return !classes.isSubset(of: state.wanted)
        }
        if isNew { link.waker.wake() }
    }

    func take(_ limit: Int, of classes: Set<PriorityClass>) -> [DeliveredMessage] {
        state.withLock { $0.buffer.take(limit, of: classes) }
    }

    func putBack(_ taken: [DeliveredMessage]) {
        guard !taken.isEmpty else { return }
        state.withLock { state in
            let generation = state.generation
            state.buffer.putBack(taken.filter { $0.generation == generation })
        }
        arrivals.raise()
    }

    /// The jobs of these messages are claimed, or cannot be claimed any more.
    func acknowledge(_ delivered: [DeliveredMessage]) {
        guard !delivered.isEmpty else { return }
        state.withLock { state in
            let generation = state.generation
            state.settled.formUnion(delivered.lazy.filter { $0.generation == generation }.map(\.tag))
        }
        link.waker.wake()
    }

    /// Acknowledges messages about jobs that were found otherwise.
    func forget(_ jobs: [Job]) {
        acknowledge(state.withLock { $0.buffer.remove(Set(jobs.map(\.id))) })
    }

    // MARK: The thread

    func run() async {
        await link.run(
            when: { [self] in state.withLock { !$0.wanted.isEmpty } },
            session: { [self] connection in
                let generation = beginGeneration()
                defer { _ = beginGeneration() }
                try connection.setPrefetch(prefetch)
                try converse(connection, generation)
            }
        )
    }

    /// What there is belongs to a connection that is gone.
    private func beginGeneration() -> UInt64 {
        state.withLock { state in
            state.generation += 1
            state.buffer.removeAll()
            state.settled = []
            return state.generation
        }
    }

    private func converse(_ connection: AMQPConnection, _ generation: UInt64) throws {
        var subscribed: Set<PriorityClass> = []
        var acknowledgements = Acknowledgements()
        while true {
            let isLast = link.isStopped
            let hadSettled = try settle(connection, &acknowledgements)
            // Closing makes sure that these arrive.
            if isLast { return }
            for wanted in state.withLock({ $0.wanted }).subtracting(subscribed) {
                try connection.consume(queue: topology.queue(wanted), as: topology.routingKey(wanted))
                subscribed.insert(wanted)
            }
            let events = try connection.takeEvents()
            try receive(events, generation, connection, &acknowledgements)
            if events.isEmpty, !hadSettled { connection.wait(link.waker, until: .now + .seconds(60)) }
        }
    }

    /// - Returns: whether there was anything to tell the broker.
    private func settle(_ connection: AMQPConnection, _ acknowledgements: inout Acknowledgements) throws -> Bool {
        let settled = state.withLock { state in
            defer { state.settled = [] }
            return state.settled
        }
        guard !settled.isEmpty else { return false }
        for acknowledgement in acknowledgements.settle(settled) { try connection.acknowledge(acknowledgement) }
        state.withLock { $0.counts.acknowledged += Int64(settled.count) }
        return true
    }

    private func receive(
        _ events: [BrokerEvent],
        _ generation: UInt64,
        _ connection: AMQPConnection,
        _ acknowledgements: inout Acknowledgements
    ) throws {
        var (delivered, malformed): ([DeliveredMessage], [UInt64]) = ([], [])
        for event in events {
            switch event {
            case .delivery(let consumer, let tag, let body):
                acknowledgements.add(tag)
                if let message = Self.message(body, consumer) {
                    delivered.append(DeliveredMessage(message: message, tag: tag, generation: generation))
                } else {
                    malformed.append(tag)
                }
            case .cancelled:
                throw RabbitMQError(.topology, "The message broker has lost a queue of jobs; it is declared again.")
            case .blocked, .confirmation, .returned: break
            }
        }
        for tag in malformed {
            try connection.reject(tag)
            acknowledgements.leaveOut(tag)
        }
        note(delivered, malformed: malformed.count)
        guard state.withLock({ $0.buffer.count <= PriorityClass.allCases.count * Int(prefetch) }) else {
            throw RabbitMQError(.lost, "The message broker sends more messages than it was asked for.")
        }
    }

    private static func message(_ body: [UInt8]?, _ consumer: String) -> JobMessage? {
        guard let body, let priorityClass = PriorityClass(rawValue: consumer.uppercased()) else { return nil }
        return JobMessage(body, of: priorityClass)
    }

    private func note(_ delivered: [DeliveredMessage], malformed: Int) {
        state.withLock { state in
            for message in delivered { state.buffer.add(message) }
            state.counts.consumed += Int64(delivered.count + malformed)
            state.counts.rejected += Int64(malformed)
        }
        if malformed > 0 {
            logger.warning(
                "messages that are no jobs became dead letters",
                metadata: ["messages": "\(malformed)", "queue": "\(topology.deadLetters)"]
            )
        }
        if !delivered.isEmpty { arrivals.raise() }
    }
}
