package import JobSystem
internal import Synchronization

/// Events within one process. Every subscriber has a buffer of its own; publishing copies the event into those that
/// listen to the job, to its owner, or to everything, and wakes them.
package final class InProcessEventBus: EventBus {
    /// The bus must not keep a subscription alive that its reader has let go.
    private struct Listener {
        weak var subscription: JobSubscription?
    }

    private struct State {
        var listeners: [EventTopic: [UInt64: Listener]] = [:]
        var nextNumber: UInt64 = 0
    }

    private let capacity: Int
    private let state = Mutex(State())

    /// - Parameter capacity: events a subscription holds before the oldest is dropped.
    package init(capacity: Int = 64) { self.capacity = capacity }

    package func publish(_ event: JobEvent) async { deliver(event) }

    /// As `publish`. For buses that bring events from elsewhere, on threads of their own.
    package func deliver(_ event: JobEvent) {
        for subscription in subscriptions(about: event.job) { subscription.deliver(event) }
    }

    /// Tells those who follow a job that they may have missed something about it; nil: everyone. For such buses too.
    package func markGap(about job: JobSnapshot? = nil) {
        for subscription in subscriptions(about: job) { subscription.markGap() }
    }

    private func subscriptions(about job: JobSnapshot?) -> [JobSubscription] {
        state.withLock { state in
            let topics = job.map { [.job($0.id), .owner($0.owner), .everything] } ?? Array(state.listeners.keys)
            return topics.flatMap { state.listeners[$0].map { $0.values.compactMap(\.subscription) } ?? [] }
        }
    }

    package func subscribe(to topic: EventTopic) async -> JobSubscription {
        let number = state.withLock { state in
            state.nextNumber += 1
            return state.nextNumber
        }
        let subscription = JobSubscription(capacity: capacity) { [weak self] in self?.remove(number, from: topic) }
        state.withLock { $0.listeners[topic, default: [:]][number] = Listener(subscription: subscription) }
        return subscription
    }

    /// How many subscriptions there are.
    package var subscriptionCount: Int { state.withLock { $0.listeners.values.reduce(0) { $0 + $1.count } } }

    private func remove(_ number: UInt64, from topic: EventTopic) {
        state.withLock { state in
            state.listeners[topic]?[number] = nil
            if state.listeners[topic]?.isEmpty == true { state.listeners[topic] = nil }
        }
    }
}
