internal import Environment
internal import Foundation
internal import Synchronization
internal import Threads

/// A thread that keeps up one connection: opens it, has it used, and opens it again when it was lost, after a wait that
/// doubles from 50 ms to 2 s, of which a random part is left out.
final class ConnectionThread: Sendable {
    /// What is done on a connection, until it is lost or nobody needs it any more.
    typealias Conversation = @Sendable (RedisLink, _ isStopped: () -> Bool, _ ready: () -> Void) throws -> Void

    private static let shortest = Duration.milliseconds(50)
    private static let longest = Duration.seconds(2)

    let waker = Waker()
    private let name: String
    private let options: RedisLink.Options
    private let environment: ServiceEnvironment
    private let isOver = Mutex(false)

    init(_ name: String, _ options: RedisLink.Options, _ environment: ServiceEnvironment) {
        self.name = name
        self.options = options
        self.environment = environment
    }

    /// Returns when the task is cancelled and the thread has ended. Call it once.
    func run(_ monitor: ConnectionMonitor, _ converse: @escaping Conversation) async {
        await perform {
            var backoff = Backoff(shortest: Self.shortest, longest: Self.longest)
            while !self.isStopped {
                let start = ContinuousClock.now
                self.session(monitor, converse)
                // A connection that breaks right away counts as one that could not be made.
                if start + Self.longest < .now { backoff.reset() }
                self.pause(backoff.next(random: self.environment.random()))
            }
            monitor.closed(self.name)
        }
    }

    /// Connects once, to see whether that works.
    func tryOnce() async throws {
        let outcome = Mutex<Result<Void, any Error>>(.failure(CancellationError()))
        await perform {
            let result = Result { _ = try RedisLink.open(self.options, self.waker) { self.isStopped } }
            outcome.withLock { $0 = result }
        }
        try outcome.withLock { $0 }.get()
    }

    private var isStopped: Bool { isOver.withLock { $0 } }

    private func perform(_ work: @escaping @Sendable () -> Void) async {
        await DedicatedThread.run("redis-\(name)") {
            isOver.withLock { $0 = true }
            waker.wake()
        } _: {
            Self.ignoreBrokenPipes()
            work()
        }
    }

    private func session(_ monitor: ConnectionMonitor, _ converse: Conversation) {
        do {
            let link = try RedisLink.open(options, waker) { self.isStopped }
            try converse(link, { self.isStopped }, { monitor.opened(self.name) })
        } catch {
            guard !isStopped else { return }
            monitor.lost(name, error)
        }
    }

    private func pause(_ span: Duration) {
        let end = ContinuousClock.now + span
        while !isStopped, .now < end { _ = SocketWait.wait(nil, [], waker, until: end) }
    }

    /// hiredis writes with `write`, which would end the process if the server has closed the connection.
    private static func ignoreBrokenPipes() {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGPIPE)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
    }
}
