internal import Environment
internal import Synchronization

/// Takes a handler's progress: publishes every report, and stores at most one a second.
package final class JobReporter: Sendable {
    private struct State {
        var snapshot: JobSnapshot
        var storedAt: Timestamp
    }

    private let claim: Claim
    private let store: any JobStore
    private let events: any EventBus
    private let environment: ServiceEnvironment
    private let interval: Duration
    private let noteProgress: @Sendable () -> Void
    private let state: Mutex<State>

    init(
        _ job: ClaimedJob,
        store: any JobStore,
        events: any EventBus,
        environment: ServiceEnvironment,
        interval: Duration = .seconds(1),
        noteProgress: @escaping @Sendable () -> Void = {}
    ) {
        claim = job.claim
        self.store = store
        self.events = events
        self.environment = environment
        self.interval = interval
        self.noteProgress = noteProgress
        state = Mutex(State(snapshot: JobSnapshot(job.job), storedAt: environment.now()))
    }

    /// Says that `done` of `total` segments are finished, and which one just was. Never fails; progress that cannot be
    /// stored now is stored with a later report or not at all.
    package func report(done: Int, of total: Int, segment: JobSegment? = nil) async {
        noteProgress()
        let now = environment.now()
        let progress = JobProgress(done: done, total: total)
        let (snapshot, isStoreDue) = state.withLock { state in
            state.snapshot.progress = progress
            state.snapshot.updatedAt = now
            let isDue = now - state.storedAt >= interval
            if isDue { state.storedAt = now }
            return (state.snapshot, isDue)
        }
        await events.publish(JobEvent(job: snapshot, segment: segment))
        guard isStoreDue, let outcome = try? await store.recordProgress(progress, of: claim, at: now),
            case .applied(let job) = outcome
        else { return }
        state.withLock { $0.snapshot.revision = max($0.snapshot.revision, job.revision) }
    }
}
