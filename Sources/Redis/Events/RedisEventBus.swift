internal import Environment
package import JobSystem
internal import Messaging

/// Events for the subscribers of all processes that share a Redis server, by its publish and subscribe.
///
/// Subscribers of this process get an event at once. To other processes events travel through one channel, many at a
/// time; a segment that is too large for that does not travel, and those who follow its job get a `.gap`. Everybody gets
/// one when the connection that listens was away, and everybody elsewhere when events could not be sent.
package final class RedisEventBus: EventBus {
    private let local: InProcessEventBus
    private let outbox: EventOutbox
    private let inbox: Inbox

    /// Make it before the client runs.
    /// - Parameters:
    ///   - capacity: events a subscription holds before the oldest is dropped.
    ///   - waiting: events that may wait to be sent, at most.
    package init(_ client: RedisClient, capacity: Int = 64, waiting: Int = 4096) {
        local = InProcessEventBus(capacity: capacity)
        let origin = EventOrigin(client.environment.random())
        inbox = Inbox(local, origin)
        outbox = EventOutbox(client, channel: inbox.channel, origin, capacity: waiting)
        client.add(inbox)
        client.whenConnected { [weak outbox] in outbox?.flush() }
    }

    package func publish(_ event: JobEvent) async {
        local.deliver(event)
        outbox.send(event)
    }

    package func subscribe(to topic: EventTopic) async -> JobSubscription { await local.subscribe(to: topic) }

    private final class Inbox: RedisListener {
        let channel = "events"
        /// More than any outbox sends at once.
        private static let messageBytes = 1 << 20
        private let local: InProcessEventBus
        private let origin: EventOrigin

        init(_ local: InProcessEventBus, _ origin: EventOrigin) {
            self.local = local
            self.origin = origin
        }

        func receive(_ bytes: [UInt8]) {
            // Most processes have nobody who listens, most of the time.
            guard local.subscriptionCount > 0, !origin.isOurs(bytes) else { return }
            guard bytes.count <= Self.messageBytes, let text = EventOrigin.text(bytes),
                let message = EventCodec.decode(text)
            else { return local.markGap() }
            if message.isGap == true { local.markGap() }
            for wire in message.events {
                guard let event = wire.event else { continue }
                local.deliver(event)
                if wire.isSegmentLost == true { local.markGap(about: event.job) }
            }
        }

        func markGap() { local.markGap() }
    }
}

/// Which process a message comes from: it begins with 16 hexadecimal digits, so that one's own are known without being
/// read. Then come the events as `EventCodec` writes them.
struct EventOrigin: Sendable {
    private let mark: [UInt8]

    init(_ number: UInt64) {
        let digits = String(number, radix: 16)
        mark = Array((String(repeating: "0", count: 16 - digits.count) + digits).utf8)
    }

    func message(_ text: String) -> [UInt8] { mark + text.utf8 }

    func isOurs(_ message: [UInt8]) -> Bool { message.starts(with: mark) }

    /// What follows the mark; nil if there is none.
    static func text(_ message: [UInt8]) -> String? {
        message.count > 16 ? String(decoding: message[16...], as: UTF8.self) : nil
    }
}
