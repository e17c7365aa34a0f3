internal import Environment
internal import Synchronization

/// The connection that all callers share. What they ask is sent as it comes, many commands at a time, and answered in
/// order.
///
/// It keeps nobody waiting: while there is no connection, requests fail at once; beyond the bounds on what may wait, too;
/// and what is not answered within `timeout` fails then.
final class CommandConnection: Sendable {
    struct Limits: Sendable {
        /// How long a command may take, from the call to the reply.
        var timeout: Duration
        /// Commands that may be unanswered.
        var commands: Int
        /// Their bytes.
        var bytes: Int
        /// After so long without a word from the server it is asked for one.
        var heartbeat: Duration
    }

    private typealias Answer = (request: RedisRequest, result: Result<[RedisReply], RedisError>)

    private struct State {
        var isOpen = false
        var waiting: [RedisRequest] = []
        /// Of all that is unanswered.
        var commands = 0
        var bytes = 0
    }

    private let limits: Limits
    private let waker: Waker
    private let monitor: ConnectionMonitor
    private let state = Mutex(State())

    init(_ limits: Limits, _ waker: Waker, _ monitor: ConnectionMonitor) {
        self.limits = limits
        self.waker = waker
        self.monitor = monitor
    }

    var isOpen: Bool { state.withLock { $0.isOpen } }

    /// Sends commands; `answer` is called on the connection's thread, or here if they cannot be sent.
    func submit(_ commands: [RedisCommand], answer: @escaping @Sendable (Result<[RedisReply], RedisError>) -> Void) {
        guard !commands.isEmpty else { return answer(.success([])) }
        let bytes = Self.joined(commands)
        let isWhole = !commands.contains { $0.bytes.isEmpty }
        let request = RedisRequest(bytes: bytes, count: commands.count, deadline: .now + limits.timeout, answer: answer)
        let (failure, isFirst) = state.withLock { state -> (RedisError?, Bool) in
            guard state.isOpen else { return (Self.away, false) }
            let isRoom = state.commands + request.count <= limits.commands && state.bytes + bytes.count <= limits.bytes
            guard isWhole, isRoom else { return (Self.full, false) }
            state.commands += request.count
            state.bytes += bytes.count
            state.waiting.append(request)
            return (nil, state.waiting.count == 1)
        }
        if let failure {
            monitor.count(failures: request.count)
            answer(.failure(failure))
        } else if isFirst {
            waker.wake()
        }
    }

    private static func joined(_ commands: [RedisCommand]) -> [UInt8] {
        guard commands.count > 1 else { return commands[0].bytes }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(commands.reduce(0) { $0 + $1.bytes.count })
        for command in commands { bytes += command.bytes }
        return bytes
    }

    private static let away = RedisError(.unavailable, "There is no connection to Redis at the moment.")
    private static let full = RedisError(.busy, "Too much waits for Redis already.")

    // MARK: The thread

    /// Sends and receives until the connection is lost or `isStopped`. Then everybody has an answer.
    /// - Parameter ready: called once commands are taken.
    func converse(_ link: RedisLink, isStopped: () -> Bool, ready: () -> Void) throws {
        var requests = PipelinedRequests()
        var lastWord = ContinuousClock.now
        defer { close(&requests) }
        state.withLock { $0.isOpen = true }
        ready()
        while !isStopped() {
            try send(&requests, on: link)
            if requests.isEmpty, lastWord + limits.heartbeat <= .now {
                try beat(&requests, on: link)
            }
            try link.flush()
            _ = link.wait(until: requests.nextDeadline ?? lastWord + limits.heartbeat)
            // Whatever ended the wait: a thread that did not run for a while is late for its deadline, and one that is
            // woken all the time would never read.
            if try link.receive() { lastWord = .now }
            try answer(&requests, from: link)
            try expire(&requests, link, lastWord)
        }
    }

    /// Answers those whose time is over, after all that has come was read.
    private func expire(
        _ requests: inout PipelinedRequests,
        _ link: RedisLink,
        _ lastWord: ContinuousClock.Instant
    ) throws {
        let expired = requests.expire(at: .now)
        guard !expired.isEmpty else { return }
        settle(expired.map { ($0, .failure(RedisError(.timedOut, "Redis did not answer in time."))) })
        // Slow is not gone, but what the server owes, and what it does not take, must not pile up.
        let silence = max(limits.timeout * 4, .seconds(1))
        guard lastWord + silence > .now else { throw link.silent(since: silence) }
        guard !link.isSending, requests.overdue <= limits.commands else { throw link.slow() }
    }

    private func send(_ requests: inout PipelinedRequests, on link: RedisLink) throws {
        let waiting = state.withLock { state in
            defer { state.waiting.removeAll(keepingCapacity: true) }
            return state.waiting
        }
        // All of them first: should the connection fail, each has to have its answer.
        for request in waiting { requests.append(request) }
        for request in waiting { try link.append(request.bytes) }
    }

    private func beat(_ requests: inout PipelinedRequests, on link: RedisLink) throws {
        let command = RedisCommand("PING")
        state.withLock { state in
            state.commands += 1
            state.bytes += command.bytes.count
        }
        requests.append(RedisRequest(bytes: command.bytes, count: 1, deadline: .now + limits.timeout) { _ in })
        try link.append(command.bytes)
    }

    private func answer(_ requests: inout PipelinedRequests, from link: RedisLink) throws {
        var answered: [Answer] = []
        // Those that have their replies get them, even if nonsense follows.
        defer { settle(answered) }
        while let reply = try link.nextReply() {
            if let (request, replies) = try requests.accept(reply) { answered.append((request, .success(replies))) }
        }
    }

    /// Answers callers, once there is room for what they ask next.
    private func settle(_ answers: [Answer]) {
        guard !answers.isEmpty else { return }
        state.withLock { state in
            state.commands -= answers.reduce(0) { $0 + $1.request.count }
            state.bytes -= answers.reduce(0) { $0 + $1.request.bytes.count }
        }
        monitor.count(answers.map { ($0.request.count, $0.result) })
        for answer in answers { answer.request.answer(answer.result) }
    }

    private func close(_ requests: inout PipelinedRequests) {
        let waiting = state.withLock { state in
            state.isOpen = false
            defer { state.waiting = [] }
            return state.waiting
        }
        settle((requests.removeAll() + waiting).map { ($0, .failure(Self.away)) })
    }
}
