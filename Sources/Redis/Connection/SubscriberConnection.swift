/// Hears what is published on a channel. Called on the connection's thread; must not wait.
protocol RedisListener: AnyObject, Sendable {
    /// The channel's name, without the installation's prefix.
    var channel: String { get }

    /// Somebody has published something. Anybody who can use the server can have.
    func receive(_ message: [UInt8])

    /// What was published before may have been missed; from now on nothing is, until the next call.
    func markGap()
}

/// A connection that does nothing but listen to one channel, as RESP2 wants it.
struct SubscriberConnection: Sendable {
    /// How long the server may keep silent when it is asked for a word.
    private static let patience = Duration.seconds(5)

    private let channel: [UInt8]
    private let listener: any RedisListener
    private let heartbeat: Duration

    init(_ listener: any RedisListener, prefix: String, heartbeat: Duration) {
        channel = Array((prefix + listener.channel).utf8)
        self.listener = listener
        self.heartbeat = heartbeat
    }

    /// Listens until the connection is lost or `isStopped`.
    /// - Parameter ready: called once everything that is published arrives.
    func converse(_ link: RedisLink, isStopped: () -> Bool, ready: () -> Void) throws {
        let subscribing = RedisCommand("SUBSCRIBE", .bytes(channel))
        let answer = try link.exchange([subscribing], until: .now + Self.patience, isStopped)
        guard answer.first?.array?.first?.text == "subscribe" else {
            _ = try answer.first?.accepted()
            throw link.unexpected("no confirmation of a subscription")
        }
        listener.markGap()
        ready()
        var lastWord = ContinuousClock.now
        var isAsked = false
        while !isStopped() {
            while let reply = try link.nextReply() { try take(reply, link) }
            try link.flush()
            _ = link.wait(until: lastWord + heartbeat + (isAsked ? Self.patience : .zero))
            if try link.receive() { (lastWord, isAsked) = (.now, false) }
            guard lastWord + heartbeat <= .now else { continue }
            if isAsked, lastWord + heartbeat + Self.patience <= .now { throw link.silent(since: Self.patience) }
            if !isAsked { try link.append(RedisCommand("PING").bytes) }
            isAsked = true
        }
    }

    private func take(_ reply: RedisReply, _ link: RedisLink) throws {
        guard let parts = reply.array, let kind = parts.first?.text else {
            throw link.unexpected("what is no message")
        }
        switch (kind, parts.count) {
        case ("message", 3):
            guard parts[1].bytes == channel, let message = parts[2].bytes else { return }
            listener.receive(message)
        case ("pong", 2): break
        default: throw link.unexpected("what is no message")
        }
    }
}
