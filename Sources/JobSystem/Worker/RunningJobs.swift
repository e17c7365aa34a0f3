internal import Environment
internal import Synchronization

/// The jobs a worker holds: their claims for the heartbeat, and a way to tell each to stop.
final class RunningJobs: Sendable {
    /// Why a job is to stop.
    enum Reason: Sendable {
        /// The claim is lost: nothing of it may be recorded any more.
        case lost
        /// The worker shuts down: the job is given back.
        case draining
    }

    private struct State {
        var running: [Claim: AsyncStream<Reason>.Continuation] = [:]
        var isStopping = false
    }

    private let state = Mutex(State())
    private let changed = Signal()

    var claims: [Claim] { state.withLock { Array($0.running.keys) } }

    /// Adds a job; the stream brings the reason when it has to stop.
    func add(_ claim: Claim) -> AsyncStream<Reason> {
        let (stream, continuation) = AsyncStream.makeStream(of: Reason.self, bufferingPolicy: .bufferingOldest(1))
        state.withLock { $0.running[claim] = continuation }
        return stream
    }

    func remove(_ claim: Claim) {
        state.withLock { $0.running.removeValue(forKey: claim) }?.finish()
        changed.raise()
    }

    /// Tells the job that its claim is lost.
    func revoke(_ claim: Claim) {
        state.withLock { $0.running[claim] }?.yield(.lost)
    }

    /// Tells every job to stop.
    func drain() {
        for continuation in state.withLock({ Array($0.running.values) }) { continuation.yield(.draining) }
    }

    /// From now on there are no free slots.
    func stopAccepting() {
        state.withLock { $0.isStopping = true }
        changed.raise()
    }

    /// Waits until fewer than `limit` jobs run and returns how many may be added; 0 once no more are accepted or the task
    /// is cancelled.
    func freeSlots(of limit: Int) async -> Int {
        while !Task.isCancelled {
            let ticket = changed.ticket
            let (free, isStopping) = state.withLock { (limit - $0.running.count, $0.isStopping) }
            if isStopping { return 0 }
            if free > 0 { return free }
            await changed.wait(after: ticket)
        }
        return 0
    }

    /// Waits until no job runs, or the task is cancelled.
    func untilNoneRuns() async {
        while !Task.isCancelled {
            let ticket = changed.ticket
            if state.withLock({ $0.running.isEmpty }) { return }
            await changed.wait(after: ticket)
        }
    }
}
