package import Environment
package import Logging
internal import Synchronization

/// A Redis server (6 or later), for what may be lost: events, limits and caches that several processes share. Nothing of
/// it is a record, so that everything goes on while the server is away: what cannot be asked is answered at once, by
/// whoever asks, from what is at hand.
///
/// One connection serves all callers, with a thread of its own; another one listens, if there is something to listen to.
/// All keys begin with `Configuration.prefix`, so that several installations can share a server. One server, or a proxy
/// in front of several: the redirections of a cluster are not followed.
package final class RedisClient: Sendable {
    package struct Configuration: Sendable {
        /// What all keys and channels begin with.
        package var prefix = "dragoman:"
        /// What the server calls the connections; no spaces.
        package var clientName = "dragoman"
        /// How long a command may take. A cache that is slow is no cache.
        package var commandTimeout = Duration.milliseconds(250)
        package var connectTimeout = Duration.seconds(2)
        /// After so long without a word the server is asked for one, so that one that is gone is noticed.
        package var heartbeat = Duration.seconds(5)
        /// Commands that may be unanswered at a time; more fail at once.
        package var waitingCommands = 16_384
        /// Their bytes.
        package var waitingBytes = 64 << 20
        /// Largest reply to a command, in bytes, with 64 for each of its elements.
        package var replyBytes = 32 << 20

        package init() {}
    }

    private struct State {
        var listener: (any RedisListener)?
        var isRunning = false
        var whenConnected: [@Sendable () -> Void] = []
    }

    let configuration: Configuration
    let environment: ServiceEnvironment
    private let address: RedisAddress
    private let monitor: ConnectionMonitor
    private let thread: ConnectionThread
    private let commands: CommandConnection
    private let state = Mutex(State())

    /// Connects when it runs.
    package init(
        _ address: RedisAddress,
        configuration: Configuration = Configuration(),
        environment: ServiceEnvironment = .live,
        logger: Logger
    ) {
        self.address = address
        self.configuration = configuration
        self.environment = environment
        monitor = ConnectionMonitor(address, environment, logger)
        thread = ConnectionThread(Self.commandName, configuration.options(address), environment)
        commands = CommandConnection(configuration.limits, thread.waker, monitor)
        monitor.expect(Self.commandName)
    }

    private static let commandName = "commands"
    private static let eventName = "events"

    // MARK: Life

    /// Keeps the connections up until the task is cancelled, however often the server goes away meanwhile. Call it once;
    /// until then, and afterwards, the server counts as away. Only the search for the server's name can delay the end.
    package func run() async {
        let listener = state.withLock { state in
            state.isRunning = true
            return state.listener
        }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.runCommands() }
            if let listener { group.addTask { await self.run(listener) } }
        }
    }

    /// Connects once, apart from `run`.
    /// - Throws: `RedisError` that says what to do about it; `CancellationError`.
    package func check() async throws {
        try await ConnectionThread("check", configuration.options(address), environment).tryOnce()
    }

    /// How things stand. Never waits.
    package var status: RedisStatus { monitor.status }

    /// For health checks. Never waits.
    /// - Throws: `RedisError` `.unavailable`, with the last reason, unless every connection is there; `.refused` if Redis
    ///   said within the last minute that it records nothing.
    package func verify() throws(RedisError) {
        let status = monitor.status
        guard status.isConnected else {
            throw RedisError(.unavailable, status.lastError ?? "There is no connection to Redis yet.")
        }
        guard let refusal = status.refusedWriteAt, environment.now() - refusal < RedisStatus.memory else { return }
        throw RedisError(.refused, "Redis records nothing.", serverCode: status.lastRefusal)
    }

    /// Returns once every connection is there, or the task is cancelled.
    package func untilConnected() async {
        while !Task.isCancelled {
            let ticket = monitor.changed.ticket
            if monitor.status.isConnected { return }
            await monitor.changed.wait(after: ticket)
        }
    }

    private func runCommands() async {
        await thread.run(monitor) { [self] link, isStopped, ready in
            try commands.converse(link, isStopped: isStopped) {
                ready()
                for action in state.withLock({ $0.whenConnected }) { action() }
            }
        }
    }

    private func run(_ listener: any RedisListener) async {
        let connection = SubscriberConnection(
            listener,
            prefix: configuration.prefix,
            heartbeat: configuration.heartbeat
        )
        await ConnectionThread(Self.eventName, configuration.options(address), environment)
            .run(monitor) { try connection.converse($0, isStopped: $1, ready: $2) }
    }

    // MARK: Commands

    /// Whether commands would be sent.
    var isOpen: Bool { commands.isOpen }

    /// What the keys and channels of this installation begin with.
    package var prefix: String { configuration.prefix }

    /// The key of a thing of this installation.
    func key(_ name: String) -> String { configuration.prefix + name }

    /// Sends commands together and waits for all replies: `commandTimeout` at most, also in a task that
    /// is cancelled. Errors of the server are among the replies.
    package func send(_ batch: [RedisCommand]) async throws(RedisError) -> [RedisReply] {
        let result = await withCheckedContinuation { continuation in
            commands.submit(batch) { continuation.resume(returning: $0) }
        }
        return try result.get()
    }

    /// Sends a command and waits for the reply.
    /// - Throws: `RedisError`, also for an error of the server.
    package func send(_ command: RedisCommand) async throws(RedisError) -> RedisReply {
        guard let reply = try await send([command]).first else {
            throw RedisError(.unexpectedReply, "Redis gave no reply.")
        }
        return try reply.accepted()
    }

    /// Sends commands together and does not wait: `answer` is called on the connection's thread, or here.
    func post(_ batch: [RedisCommand], answer: @escaping @Sendable (Result<[RedisReply], RedisError>) -> Void) {
        commands.submit(batch, answer: answer)
    }

    /// Has a listener hear its channel. There is one, and it comes before the client runs.
    func add(_ listener: any RedisListener) {
        state.withLock { state in
            precondition(state.listener == nil && !state.isRunning, "A client has one listener, from the beginning on.")
            state.listener = listener
        }
        monitor.expect(Self.eventName)
    }

    /// Calls an action on the connection's thread each time that commands can be sent again. It must not wait.
    func whenConnected(_ action: @escaping @Sendable () -> Void) {
        state.withLock { $0.whenConnected.append(action) }
    }
}

extension RedisClient.Configuration {
    fileprivate func options(_ address: RedisAddress) -> RedisLink.Options {
        RedisLink.Options(
            address: address,
            clientName: clientName,
            connectTimeout: connectTimeout,
            replyBytes: replyBytes
        )
    }

    fileprivate var limits: CommandConnection.Limits {
        CommandConnection.Limits(
            timeout: commandTimeout,
            commands: waitingCommands,
            bytes: waitingBytes,
            heartbeat: heartbeat
        )
    }
}
