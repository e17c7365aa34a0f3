internal import Environment
internal import JobSystem

/// Passes events on, and tells this process that one of its jobs has ended.
struct EndingsBus: EventBus {
    let bus: any EventBus
    /// Raised after each end that is published here.
    let ended: Signal

    func publish(_ event: JobEvent) async {
        await bus.publish(event)
        if event.job.state.hasEnded { ended.raise() }
    }

    func subscribe(to topic: EventTopic) async -> JobSubscription { await bus.subscribe(to: topic) }
}
