internal import CRedis
internal import Environment
internal import Foundation

/// A connection to the server. Belongs to one thread, which waits for the server here; nothing else waits.
///
/// The socket is non-blocking, so that the thread can wait for it, for the clock and for its waker together. That is
/// simpler than hiredis' asynchronous interface: there is no state that callbacks and event hooks share, and what the
/// server owes can be counted.
final class RedisLink {
    /// What a connection is opened with.
    struct Options: Sendable {
        var address: RedisAddress
        /// What the server calls the connection; no spaces.
        var clientName: String
        var connectTimeout: Duration
        /// Largest reply, in bytes, with 64 for each of its elements.
        var replyBytes: Int
    }

    let waker: Waker
    private let options: Options
    private let context: UnsafeMutablePointer<redisContext>
    private let builder: ReplyBuilder
    /// Whether there is something left to send.
    private(set) var isSending = false

    private init(_ context: UnsafeMutablePointer<redisContext>, _ options: Options, _ waker: Waker) {
        self.context = context
        self.options = options
        self.waker = waker
        builder = ReplyBuilder(budget: options.replyBytes)
        builder.attach(to: context.pointee.reader)
    }

    deinit { redisFree(context) }

    // MARK: Opening

    /// Connects and introduces itself.
    /// - Parameter isStopped: looked at when the waker is used.
    /// - Throws: `RedisError` that says what to do; `CancellationError` once stopped.
    static func open(_ options: Options, _ waker: Waker, isStopped: () -> Bool) throws -> RedisLink {
        let deadline = ContinuousClock.now + options.connectTimeout
        guard let context = redisConnectNonBlock(options.address.host, options.address.port) else {
            throw RedisError(.unavailable, "There is no memory for a connection.")
        }
        let link = RedisLink(context, options, waker)
        guard context.pointee.err == 0 else { throw link.lost() }
        try link.waitUntilConnected(deadline, isStopped)
        _ = redisEnableKeepAlive(context)
        try Greeting(options).introduce(link, until: deadline, isStopped)
        return link
    }

    private func waitUntilConnected(_ deadline: ContinuousClock.Instant, _ isStopped: () -> Bool) throws {
        while true {
            switch SocketWait.wait(context.pointee.fd, [.reading, .writing], waker, until: deadline) {
            case .ready, .failed: break
            case .woken:
                if isStopped() { throw CancellationError() }
                continue
            case .timedOut: throw silent(since: options.connectTimeout)
            }
            var (code, size) = (Int32(0), socklen_t(MemoryLayout<Int32>.size))
            guard getsockopt(context.pointee.fd, SOL_SOCKET, SO_ERROR, &code, &size) == 0, code == 0 else {
                throw lost(String(cString: strerror(code)))
            }
            return
        }
    }

    /// Sends commands and waits for their replies. Only for a connection that owes none.
    func exchange(
        _ commands: [RedisCommand],
        until deadline: ContinuousClock.Instant,
        _ isStopped: () -> Bool
    ) throws -> [RedisReply] {
        for command in commands { try append(command.bytes) }
        var replies: [RedisReply] = []
        while replies.count < commands.count {
            if let reply = try nextReply() {
                replies.append(reply)
                continue
            }
            try flush()
            switch wait(until: deadline) {
            case .ready, .failed: _ = try receive()
            case .woken: if isStopped() { throw CancellationError() }
            case .timedOut: throw silent(since: options.connectTimeout)
            }
        }
        return replies
    }

    // MARK: Bytes

    /// Adds commands to what will be sent.
    func append(_ bytes: [UInt8]) throws {
        let status = bytes.withUnsafeBytes { bytes in
            redisAppendFormattedCommand(context, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count)
        }
        guard status == REDIS_OK else { throw lost() }
        isSending = true
    }

    /// Sends what the socket takes now.
    func flush() throws {
        guard isSending else { return }
        var isDone: Int32 = 0
        guard redisBufferWrite(context, &isDone) == REDIS_OK else { throw lost() }
        isSending = isDone == 0
    }

    /// Waits for bytes of the server, or for room to send.
    func wait(until deadline: ContinuousClock.Instant) -> SocketWait {
        SocketWait.wait(context.pointee.fd, isSending ? [.reading, .writing] : .reading, waker, until: deadline)
    }

    /// Takes in what has come.
    /// - Returns: whether anything has.
    func receive() throws -> Bool {
        let before = context.pointee.reader.pointee.len
        guard redisBufferRead(context) == REDIS_OK else { throw lost() }
        return context.pointee.reader.pointee.len > before
    }

    /// The next reply that has come completely.
    func nextReply() throws -> RedisReply? {
        var object: UnsafeMutableRawPointer?
        guard redisGetReplyFromReader(context, &object) == REDIS_OK else {
            guard builder.isSpent else { throw unexpected("what is no reply") }
            throw unexpected("a reply that is too large")
        }
        if let object { return builder.finish(object) }
        // A string counts against the budget when it is complete; until then it is only here.
        let reader = context.pointee.reader.pointee
        guard reader.len - reader.pos <= options.replyBytes else { throw unexpected("a reply that is too large") }
        return nil
    }

    // MARK: Errors

    /// The connection is gone; hiredis knows why, unless `reason` does.
    func lost(_ reason: String? = nil) -> RedisError {
        let ownWords = withUnsafeBytes(of: &context.pointee.errstr) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        return RedisError(
            .unavailable,
            "There is no connection to Redis at '\(options.address)': \(reason ?? ownWords)."
        )
    }

    func silent(since span: Duration) -> RedisError {
        RedisError(.unavailable, "Redis at '\(options.address)' has not said a word for \(span).")
    }

    func slow() -> RedisError {
        RedisError(.unavailable, "Redis at '\(options.address)' is far behind with what it is asked.")
    }

    func unexpected(_ what: String) -> RedisError {
        RedisError(.unexpectedReply, "What answers at '\(options.address)' does not behave as Redis: it sent \(what).")
    }
}
