internal import Environment
package import JobSystem
internal import Messaging
internal import Synchronization

/// Events for the subscribers of all processes that share the database.
///
/// Subscribers of this process get an event at once. To other processes events travel by `PostgresNotifications`, many
/// at a time; a segment that is too large for a notification does not travel, and those who follow its job get a
/// `.gap`. Everybody gets one when the connection was away, and others when events had to be dropped because too many
/// waited for it.
package final class PostgresEventBus: EventBus {
    private let local: InProcessEventBus
    private let channel: Channel

    /// - Parameters:
    ///   - capacity: events a subscription holds before the oldest is dropped.
    ///   - waiting: events that may wait to be sent, at most.
    package init(_ notifications: PostgresNotifications, capacity: Int = 64, waiting: Int = 4096) {
        local = InProcessEventBus(capacity: capacity)
        channel = Channel(notifications.waker, local, waiting)
        notifications.add(channel)
    }

    package func publish(_ event: JobEvent) async {
        local.deliver(event)
        channel.send(event)
    }

    package func subscribe(to topic: EventTopic) async -> JobSubscription { await local.subscribe(to: topic) }

    private final class Channel: NotificationChannel {
        private struct State {
            var waiting: [JobEvent] = []
            /// Events were dropped that others have not been told about.
            var hasLost = false
        }

        let name = "dragoman_events"
        private let local: InProcessEventBus
        private let capacity: Int
        private let state = Mutex(State())
        private let waker: Waker

        init(_ waker: Waker, _ local: InProcessEventBus, _ capacity: Int) {
            self.waker = waker
            self.local = local
            self.capacity = max(1, capacity)
        }

        func send(_ event: JobEvent) {
            let isFirst = state.withLock { state in
                guard state.waiting.count < capacity else {
                    state.hasLost = true
                    return false
                }
                state.waiting.append(event)
                return state.waiting.count == 1
            }
            if isFirst { waker.wake() }
        }

        func takePayloads() -> [String] {
            let (events, hasLost) = state.withLock { state in
                defer { state = State() }
                return (state.waiting, state.hasLost)
            }
            let bytes = PostgresNotifications.payloadBytes
            // Within the braces of a message.
            let texts = events.map { EventCodec.encode($0, atMost: bytes - 16) }
            let isComplete = !texts.contains(nil)
            let messages = EventCodec.messages(texts.compactMap { $0 }, atMost: bytes)
            return messages + (hasLost || !isComplete ? [EventCodec.gap] : [])
        }

        func losePayloads() { state.withLock { $0.hasLost = true } }

        func receive(_ payload: String) {
            // Most processes have nobody who listens, most of the time.
            guard local.subscriptionCount > 0 else { return }
            guard let message = EventCodec.decode(payload) else { return local.markGap() }
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
