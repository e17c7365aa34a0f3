internal import Environment
internal import Synchronization

/// The jobs a worker holds: their claims for the heartbeat, a way to tell each to stop, how they get on, and how many may
/// join them.
final class RunningJobs: Sendable {
    /// Why a job is to stop.
    enum Reason: Sendable {
        /// The claim is lost: nothing of it may be recorded any more.
        case lost
        /// The worker shuts down: the job is given back.
        case draining
    }

    /// How many jobs may be added, and whether none runs.
    struct Room: Sendable {
        var slots: Int
        /// What to do about jobs that are set aside.
        var apart: ApartJobs
    }

    private struct Entry {
        let job: Job
        let revocation: AsyncStream<Reason>.Continuation
        /// Counts signs that its attempt gets on, or what goes before it does.
        var signs: UInt64 = 0
    }

    private struct State {
        var running: [Claim: Entry] = [:]
        var isStopping = false
        /// Nothing is claimed until what runs has ended.
        var makesRoom = false
        var turns = ApartTurns()
        var abandoned = 0

        /// Whether a job runs that nothing may run beside.
        var hasApart: Bool { running.values.contains { $0.job.isApart } }
    }

    private let state = Mutex(State())
    private let changed = Signal()

    var claims: [Claim] { state.withLock { Array($0.running.keys) } }

    /// Handlers that were told to stop, have not, and are no longer waited for.
    var abandoned: Int { state.withLock { $0.abandoned } }

    /// Adds a job; the stream brings the reason when it has to stop.
    func add(_ claimed: ClaimedJob, at now: Timestamp) -> AsyncStream<Reason> {
        let (stream, continuation) = AsyncStream.makeStream(of: Reason.self, bufferingPolicy: .bufferingOldest(1))
        state.withLock { state in
            state.running[claimed.claim] = Entry(job: claimed.job, revocation: continuation)
            if claimed.job.isApart { state.turns.begin(at: now) }
        }
        return stream
    }

    func remove(_ claim: Claim, at now: Timestamp) {
        let removed = state.withLock { state in
            let removed = state.running.removeValue(forKey: claim)
            if removed?.job.isApart == true { state.turns.end(at: now) }
            return removed
        }
        removed?.revocation.finish()
        changed.raise()
    }

    /// Counts one more handler that is no longer waited for, or one fewer.
    /// - Returns: how many there are.
    func countAbandoned(_ change: Int) -> Int {
        state.withLock { state in
            state.abandoned += change
            return state.abandoned
        }
    }

    // MARK: Stopping

    /// Tells the job that its claim is lost.
    func revoke(_ claim: Claim) {
        state.withLock { $0.running[claim]?.revocation }?.yield(.lost)
    }

    /// Tells every job to stop.
    func drain() {
        for continuation in state.withLock({ $0.running.values.map(\.revocation) }) { continuation.yield(.draining) }
    }

    /// From now on there are no free slots.
    func stopAccepting() {
        state.withLock { $0.isStopping = true }
        changed.raise()
    }

    // MARK: Getting on

    /// Notes that something of a job was done: a sign for it, and for those that are due after it, since they may be
    /// waiting for it in the engine's queue.
    func noteProgress(of claim: Claim) {
        state.withLock { state in
            guard let job = state.running[claim]?.job else { return }
            for (other, entry) in state.running where (job.dueAt, job.id) <= (entry.job.dueAt, entry.job.id) {
                state.running[other]?.signs &+= 1
            }
        }
    }

    /// Changes whenever there is a sign that the attempt gets on.
    func signs(of claim: Claim) -> UInt64 { state.withLock { $0.running[claim]?.signs ?? 0 } }

    // MARK: Making room

    /// Whether something runs, and nothing that has to run alone: only then others have to make room.
    var mayMakeRoom: Bool { state.withLock { !$0.running.isEmpty && !$0.hasApart } }

    /// Claims no more until nothing runs, if it is time to.
    /// - Parameter isWaited: a job waits that has to run alone.
    func makeRoom(isWaited: Bool, at now: Timestamp) {
        state.withLock { state in
            guard !state.running.isEmpty, !state.hasApart else { return }
            state.makesRoom = state.turns.makesRoom(isWaited: isWaited, at: now)
        }
        changed.raise()
    }

    /// Waits until a job may be added; nil once no more are accepted or the task is cancelled.
    func room(of limit: Int, now: () -> Timestamp) async -> Room? {
        while !Task.isCancelled {
            let ticket = changed.ticket
            let time = now()
            let (room, isStopping) = state.withLock { state in (Self.room(&state, limit, time), state.isStopping) }
            if isStopping { return nil }
            if let room { return room }
            await changed.wait(after: ticket)
        }
        return nil
    }

    private static func room(_ state: inout State, _ limit: Int, _ now: Timestamp) -> Room? {
        if state.running.isEmpty {
            state.makesRoom = false
            return Room(slots: limit, apart: state.turns.request(at: now))
        }
        let slots = limit - state.running.count
        guard slots > 0, !state.makesRoom, !state.hasApart else { return nil }
        return Room(slots: slots, apart: .leave)
    }

    /// Waits until what a worker that runs something asked for is not what it would ask for now: nothing runs any more, or
    /// room is to be made. Or until the task is cancelled.
    func untilRoomIsAnother() async {
        while !Task.isCancelled {
            let ticket = changed.ticket
            if state.withLock({ $0.running.isEmpty || $0.makesRoom }) { return }
            await changed.wait(after: ticket)
        }
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
