internal import DequeModule
internal import Environment

/// Messages on their way to the broker: those that wait, and those that it has not confirmed yet, which are kept until
/// it has. Bounded; a pure state machine.
package struct Outbox: Sendable {
    /// What became of a confirmation.
    package struct Settled: Equatable {
        package var confirmed = 0
        package var refused = 0

        package init(confirmed: Int = 0, refused: Int = 0) {
            self.confirmed = confirmed
            self.refused = refused
        }
    }

    private let capacity: Int
    /// Messages that may be unconfirmed at once.
    private let window: Int
    private var waiting = Deque<JobMessage>()
    private var unconfirmed: [UInt64: JobMessage] = [:]
    /// The next message's number, by which the broker confirms it: it counts from 1 on every connection.
    private var nextTag: UInt64 = 1
    /// No unconfirmed message has a lower one.
    private var lowestTag: UInt64 = 1
    private var backoff = Backoff(shortest: .milliseconds(50), longest: .seconds(5))
    /// Nothing is sent before this time: the broker has refused a message.
    package private(set) var resumesAt: ContinuousClock.Instant?

    package init(capacity: Int, window: Int) {
        self.capacity = max(1, capacity)
        self.window = max(1, window)
    }

    package var count: Int { waiting.count + unconfirmed.count }
    package var isEmpty: Bool { waiting.isEmpty && unconfirmed.isEmpty }

    /// Adds messages, as many as there is room for.
    /// - Returns: how many were left out.
    package mutating func append(_ messages: [JobMessage]) -> Int {
        let room = max(0, capacity - count)
        for message in messages.prefix(room) { waiting.append(message) }
        return max(0, messages.count - room)
    }

    /// Takes what may be sent now. It counts as sent, in this order.
    package mutating func take(at now: ContinuousClock.Instant) -> [JobMessage] {
        if let resumesAt {
            guard now >= resumesAt else { return [] }
            self.resumesAt = nil
        }
        var taken: [JobMessage] = []
        while unconfirmed.count < window, let message = waiting.popFirst() {
            unconfirmed[nextTag] = message
            nextTag += 1
            taken.append(message)
        }
        return taken
    }

    /// The broker has taken messages, or has not; then they wait again, and all others with them.
    package mutating func settle(
        _ tag: UInt64,
        isMultiple: Bool,
        isAccepted: Bool,
        at now: ContinuousClock.Instant,
        random: UInt64
    ) -> Settled {
        var settled: [JobMessage] = []
        if isMultiple {
            while lowestTag <= tag, lowestTag < nextTag {
                if let message = unconfirmed.removeValue(forKey: lowestTag) { settled.append(message) }
                lowestTag += 1
            }
        } else if let message = unconfirmed.removeValue(forKey: tag) {
            settled.append(message)
        }
        guard !isAccepted else {
            if !settled.isEmpty { backoff.reset() }
            return Settled(confirmed: settled.count)
        }
        waiting.prepend(contentsOf: settled)
        if !settled.isEmpty, resumesAt == nil { resumesAt = now + backoff.next(random: random) }
        return Settled(refused: settled.count)
    }

    /// The connection is gone: what it did not confirm is to be sent again, first.
    package mutating func startOver() {
        waiting.prepend(contentsOf: unconfirmed.sorted { $0.key < $1.key }.map(\.value))
        unconfirmed = [:]
        (nextTag, lowestTag) = (1, 1)
        resumesAt = nil
    }
}
