package import Environment

/// The queue that needs nothing but the store: workers claim from it, woken by announcements, with a poll as safety net
/// for what nobody announces (the end of a retry's delay, another process's jobs, a lost signal). After a minute in which
/// there was nothing to do it polls at a fifth of that pace.
package struct ClaimingJobQueue: JobQueue {
    private let store: any JobStore
    private let wakeUp: any JobWakeUp
    private let environment: ServiceEnvironment
    private let pollInterval: Duration

    private static let restlessness = Duration.seconds(60)

    package init(
        store: any JobStore,
        wakeUp: any JobWakeUp,
        environment: ServiceEnvironment,
        pollInterval: Duration = .seconds(1)
    ) {
        self.store = store
        self.wakeUp = wakeUp
        self.environment = environment
        self.pollInterval = pollInterval
    }

    package func announce(_ jobs: [Job]) async {
        guard !jobs.isEmpty else { return }
        await wakeUp.signal()
    }

    package func next(_ request: ClaimRequest) async throws -> [ClaimedJob] {
        var request = request
        let start = environment.now()
        while !Task.isCancelled {
            let ticket = wakeUp.ticket()
            request.time = environment.now()
            let claimed = try await store.claim(request)
            guard claimed.isEmpty else { return claimed }
            let isQuiet = request.time - start > Self.restlessness
            await wakeUp.wait(after: ticket, upTo: isQuiet ? pollInterval * 5 : pollInterval)
        }
        return []
    }
}
