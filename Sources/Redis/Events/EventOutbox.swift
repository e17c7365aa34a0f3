internal import JobSystem
internal import Messaging
internal import Synchronization

/// Events on their way to other processes.
///
/// One message is on its way at a time, and what is published meanwhile goes with the next: an event alone leaves at once,
/// and many leave together, without a clock. What cannot be sent is dropped, and the next message says so.
final class EventOutbox: Sendable {
    /// Largest event, and about the largest message.
    private static let eventBytes = 64 << 10
    private static let messageBytes = 256 << 10
    /// Of all events that wait.
    private static let waitingBytes = 8 << 20

    private struct State {
        var waiting: [String] = []
        var bytes = 0
        /// Events were dropped that others have not been told about.
        var hasLost = false
        var isSending = false
    }

    private let client: RedisClient
    private let channel: String
    private let origin: EventOrigin
    private let capacity: Int
    private let state = Mutex(State())

    init(_ client: RedisClient, channel: String, _ origin: EventOrigin, capacity: Int) {
        self.client = client
        self.channel = client.key(channel)
        self.origin = origin
        self.capacity = max(1, capacity)
    }

    /// From any thread. Never waits.
    func send(_ event: JobEvent) {
        let isOpen = client.isOpen
        let text = isOpen ? EventCodec.encode(event, atMost: Self.eventBytes) : nil
        state.withLock { state in
            guard let text, state.waiting.count < capacity, state.bytes < Self.waitingBytes else {
                state.hasLost = true
                return
            }
            state.waiting.append(text)
            state.bytes += text.utf8.count
        }
        if isOpen { flush() }
    }

    /// Sends what waits, unless something is on its way: then it will be sent after that.
    func flush() {
        let messages = state.withLock { state -> [String] in
            guard !state.isSending, state.hasLost || !state.waiting.isEmpty else { return [] }
            defer { state = State(isSending: true) }
            // The gap first: what follows it is not lost.
            return (state.hasLost ? [EventCodec.gap] : [])
                + EventCodec.messages(state.waiting, atMost: Self.messageBytes)
        }
        guard !messages.isEmpty else { return }
        let commands = messages.map { RedisCommand("PUBLISH", .text(channel), .bytes(origin.message($0))) }
        client.post(commands) { [self] result in
            let isSent = (try? result.get().allSatisfy { $0.refusal == nil }) ?? false
            state.withLock { state in
                state.isSending = false
                if !isSent { state.hasLost = true }
            }
            // What is lost with the connection is told when there is a new one.
            if isSent { flush() }
        }
    }
}
