internal import Environment
internal import Foundation
internal import Logging
internal import Synchronization
internal import Threads

/// Keeps a connection to the broker, on a thread of its own, however often it is lost.
///
/// After a loss the next attempt waits a tenth of a second, then twice as long each time up to five seconds, half of it
/// by chance; the hosts of a cluster are tried in turn. Every connection begins with declaring the topology.
final class BrokerLink: Sendable {
    /// A connection that lasted so long counts as one that worked.
    private static let steadiness = Duration.seconds(5)

    private struct State {
        var status: RabbitMQStatus.Link
        var hasEverConnected = false
        var isStopped = false
        var hasRun = false
    }

    let waker = Waker()
    private let name: String
    private let address: RabbitMQAddress
    private let topology: Topology
    private let environment: ServiceEnvironment
    private let logger: Logger
    private let state: Mutex<State>

    /// - Parameter name: what it is for, in the broker's list of connections and in the log.
    init(
        _ name: String,
        _ address: RabbitMQAddress,
        _ topology: Topology,
        _ environment: ServiceEnvironment,
        _ logger: Logger
    ) {
        self.name = name
        self.address = address
        self.topology = topology
        self.environment = environment
        self.logger = logger
        state = Mutex(State(status: RabbitMQStatus.Link(since: environment.now())))
    }

    var status: RabbitMQStatus.Link { state.withLock { $0.status } }
    var isConnected: Bool { status.state == .connected }
    var isStopped: Bool { state.withLock { $0.isStopped } }

    func setBlocked(_ isBlocked: Bool) {
        state.withLock { $0.status.isBlocked = isBlocked }
        logger.log(
            level: isBlocked ? .warning : .notice,
            isBlocked ? "the message broker takes no messages" : "the message broker takes messages again",
            metadata: ["broker": "\(address)"]
        )
    }

    /// Connects and calls `session` until the task is cancelled, again and again. To be called once.
    /// - Parameters:
    ///   - isWanted: whether to connect at all; asked again whenever the waker is used.
    ///   - session: what to do with a connection, on the thread; returns when `isStopped`, throws when it was lost.
    func run(
        when isWanted: @escaping @Sendable () -> Bool = { true },
        session: @escaping @Sendable (AMQPConnection) throws -> Void
    ) async {
        let isSecond = state.withLock { state in
            defer { state.hasRun = true }
            return state.hasRun
        }
        precondition(!isSecond, "The link '\(name)' to the message broker was run twice.")
        await DedicatedThread.run("rabbitmq-\(name)") {
            state.withLock { $0.isStopped = true }
            waker.wake()
        } _: { [self] in
            keep(isWanted, session)
        }
    }

    // MARK: The thread

    private func keep(_ isWanted: () -> Bool, _ session: (AMQPConnection) throws -> Void) {
        var backoff = Backoff(shortest: .milliseconds(100), longest: .seconds(5))
        var attempts = 0
        while !isStopped {
            guard isWanted() else {
                _ = SocketWait.wait(nil, [], waker, until: .now + .seconds(60))
                continue
            }
            let host = address.hosts[attempts % address.hosts.count]
            attempts += 1
            let begin = ContinuousClock.now
            do {
                try live(on: host, session)
            } catch {
                if ContinuousClock.now - begin > Self.steadiness { backoff.reset() }
                let error = error as? RabbitMQError ?? RabbitMQError(.lost, "The message broker is away.", cause: error)
                lost(error)
                pause(until: .now + backoff.next(random: environment.random()))
            }
        }
    }

    /// The life of one connection.
    private func live(on host: RabbitMQAddress.Host, _ session: (AMQPConnection) throws -> Void) throws {
        let connection = try AMQPConnection.open(address, on: host, name: "dragoman \(name)")
        try topology.declare(on: connection)
        connected()
        try session(connection)
        connection.close()
        enter(.idle)
    }

    private func pause(until time: ContinuousClock.Instant) {
        while !isStopped, .now < time { _ = SocketWait.wait(nil, [], waker, until: time) }
    }

    // MARK: Status

    /// - Returns: the status before.
    @discardableResult
    private func enter(_ next: RabbitMQStatus.Link.State, _ error: RabbitMQError? = nil) -> RabbitMQStatus.Link {
        let now = environment.now()
        return state.withLock { state in
            let before = state.status
            if before.state != next { state.status.since = now }
            state.status.state = next
            state.status.isBlocked = false
            if let error { state.status.lastError = error }
            return before
        }
    }

    private func connected() {
        let before = enter(.connected)
        let isFirst = state.withLock { state in
            defer { state.hasEverConnected = true }
            return !state.hasEverConnected
        }
        logger.notice(
            isFirst ? "connected to the message broker" : "the message broker is back",
            metadata: [
                "broker": "\(address)", "link": "\(name)", "away.seconds": "\(isFirst ? 0 : seconds(since: before))",
            ]
        )
    }

    private func lost(_ error: RabbitMQError) {
        let before = enter(.away, error)
        // Once for each way to be away.
        guard before.state != .away || before.lastError?.code != error.code else { return }
        let cause = error.cause.map { "\($0)" } ?? ""
        logger.warning(
            "the message broker is away; jobs are found in the database meanwhile",
            metadata: ["link": "\(name)", "error": "\(error)", "cause": "\(cause)"]
        )
    }

    private func seconds(since status: RabbitMQStatus.Link) -> Int {
        Int((environment.now() - status.since) / .seconds(1))
    }
}
