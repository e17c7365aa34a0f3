/// Commands that are sent together, and who waits for their replies.
package struct RedisRequest: Sendable {
    /// The commands, one after the other.
    package var bytes: [UInt8]
    /// How many replies they bring.
    package var count: Int
    /// Until when they are waited for.
    package var deadline: ContinuousClock.Instant
    /// Called once, on the connection's thread or the caller's; must not wait.
    package var answer: @Sendable (Result<[RedisReply], RedisError>) -> Void

    package init(
        bytes: [UInt8],
        count: Int,
        deadline: ContinuousClock.Instant,
        answer: @escaping @Sendable (Result<[RedisReply], RedisError>) -> Void
    ) {
        self.bytes = bytes
        self.count = count
        self.deadline = deadline
        self.answer = answer
    }
}

/// What was sent on a connection and has not been answered, in order.
///
/// All requests have the same time, so that those sent first are over first: replies to requests that are over are
/// counted, and passed over when they come.
package struct PipelinedRequests {
    private var requests: [RedisRequest?] = []
    private var head = 0
    /// Of the first request.
    private var replies: [RedisReply] = []
    /// Replies that nobody waits for any more; they come before all others.
    package private(set) var overdue = 0

    package init() {}

    package var isEmpty: Bool { head == requests.count }

    /// When the first request will be over.
    package var nextDeadline: ContinuousClock.Instant? { isEmpty ? nil : requests[head]?.deadline }

    package mutating func append(_ request: RedisRequest) { requests.append(request) }

    /// Takes in the next reply.
    /// - Returns: the request that is complete with it, and its replies; nil: there is none, but the reply was expected.
    /// - Throws: `RedisError` if nobody asked for it.
    package mutating func accept(_ reply: RedisReply) throws(RedisError) -> (RedisRequest, [RedisReply])? {
        if overdue > 0 {
            overdue -= 1
            return nil
        }
        guard !isEmpty, let request = requests[head] else {
            throw RedisError(.unexpectedReply, "Redis answered what it was not asked.")
        }
        replies.append(reply)
        guard replies.count >= request.count else { return nil }
        defer { removeFirst() }
        return (request, replies)
    }

    /// Takes out the requests that are over.
    package mutating func expire(at time: ContinuousClock.Instant) -> [RedisRequest] {
        var expired: [RedisRequest] = []
        while !isEmpty, let request = requests[head], request.deadline <= time {
            overdue += request.count - replies.count
            expired.append(request)
            removeFirst()
        }
        return expired
    }

    /// Takes out all.
    package mutating func removeAll() -> [RedisRequest] {
        defer { self = PipelinedRequests() }
        return requests[head...].compactMap(\.self)
    }

    private mutating func removeFirst() {
        requests[head] = nil
        head += 1
        replies = []
        // Moved to the front only when half of the list is spent, so that taking stays cheap.
        if head * 2 > requests.count {
            requests.removeFirst(head)
            head = 0
        }
    }
}
