package import Environment
internal import JobSystem
internal import Synchronization

/// Wakes the workers of all processes that share the database. Signals that come close together travel as one.
package struct PostgresWakeUp: JobWakeUp {
    private let channel: Channel
    private let environment: ServiceEnvironment

    package init(_ notifications: PostgresNotifications, environment: ServiceEnvironment) {
        channel = Channel(notifications.waker)
        self.environment = environment
        notifications.add(channel)
    }

    package func ticket() -> UInt64 { channel.signals.ticket }

    package func signal() async { channel.signal() }

    package func wait(after ticket: UInt64, upTo limit: Duration) async {
        await channel.signals.wait(after: ticket, upTo: limit, environment: environment)
    }

    private final class Channel: NotificationChannel {
        let name = "dragoman_jobs"
        let signals = Signal()
        private let isPending = Mutex(false)
        private let waker: Waker

        init(_ waker: Waker) { self.waker = waker }

        func signal() {
            signals.raise()
            let isNew = isPending.withLock { isPending in
                defer { isPending = true }
                return !isPending
            }
            if isNew { waker.wake() }
        }

        func takePayloads() -> [String] {
            isPending.withLock { isPending in
                defer { isPending = false }
                return isPending ? [""] : []
            }
        }

        func losePayloads() { isPending.withLock { $0 = true } }

        func receive(_ payload: String) { signals.raise() }

        func markGap() { signals.raise() }
    }
}
