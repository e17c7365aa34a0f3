internal import Environment
internal import Synchronization

/// Memory for the bodies of requests, shared by all that are being read.
///
/// Whoever finds no room waits, first come first served, for a moment and in a bounded queue; so that others find some
/// too, one owner has half of it at most. A body that is larger than all there is is let in alone. Thread-safe.
final class BodyRoom: Sendable {
    private struct Demand {
        var bytes: Int
        var owner: String?
    }

    private struct Waiter {
        var number: Int
        var demand: Demand
        var continuation: CheckedContinuation<Bool, Never>
    }

    private struct State {
        var used = 0
        var owners: [String: Int] = [:]
        var waiters: [Waiter] = []
        var next = 0
    }

    /// More would wait longer than anybody has patience for.
    private static let mostWaiters = 256

    private let bytes: Int
    private let patience: TimeLimit
    private let state = Mutex(State())

    /// - Parameters:
    ///   - bytes: of all bodies together.
    ///   - patience: how long somebody waits for room.
    init(bytes: Int, patience: TimeLimit) {
        self.bytes = bytes
        self.patience = patience
    }

    /// Runs `body` with so much room.
    /// - Parameter owner: whose half it is taken from; nil: nobody's.
    /// - Throws: `Problem` 503 where there is none in time; what `body` throws.
    func holding<T>(_ bytes: Int, for owner: String?, _ body: () async throws -> T) async throws -> T {
        let demand = Demand(bytes: bytes, owner: owner)
        let isThere = takeAtOnce(demand)
        guard try await isThere ? true : patience.run({ await self.take(demand) }) ?? false else {
            try Task.checkCancellation()
            throw Self.full
        }
        defer { giveBack(demand) }
        return try await body()
    }

    private static var full: Problem {
        var problem = Problem.unavailable(
            "Too many large requests are being read at the moment. Try again later.",
            retryAfter: .seconds(5)
        )
        problem.closesConnection = true
        return problem
    }

    private func takeAtOnce(_ demand: Demand) -> Bool {
        state.withLock { state in
            guard state.waiters.isEmpty, hasRoom(for: demand, state), mayHave(demand, state) else { return false }
            Self.admit(demand, &state)
            return true
        }
    }

    /// Returns once there is room, and it is taken; false where too many wait, or the task was cancelled.
    private func take(_ demand: Demand) async -> Bool {
        let number = state.withLock { state in
            state.next &+= 1
            return state.next
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                enter(Waiter(number: number, demand: demand, continuation: continuation))
            }
        } onCancel: {
            leave(number)
        }
    }

    private func enter(_ waiter: Waiter) {
        let admitted = state.withLock { state -> [Waiter]? in
            guard !Task.isCancelled, state.waiters.count < Self.mostWaiters else { return nil }
            state.waiters.append(waiter)
            return admitWaiters(&state)
        }
        guard let admitted else { return waiter.continuation.resume(returning: false) }
        for waiter in admitted { waiter.continuation.resume(returning: true) }
    }

    private func leave(_ number: Int) {
        let (gone, admitted) = state.withLock { state -> (Waiter?, [Waiter]) in
            guard let index = state.waiters.firstIndex(where: { $0.number == number }) else { return (nil, []) }
            return (state.waiters.remove(at: index), admitWaiters(&state))
        }
        gone?.continuation.resume(returning: false)
        for waiter in admitted { waiter.continuation.resume(returning: true) }
    }

    private func giveBack(_ demand: Demand) {
        let admitted = state.withLock { state in
            state.used -= demand.bytes
            if let owner = demand.owner, let used = state.owners[owner] {
                state.owners[owner] = used > demand.bytes ? used - demand.bytes : nil
            }
            return admitWaiters(&state)
        }
        for waiter in admitted { waiter.continuation.resume(returning: true) }
    }

    /// Those who waited longest go first. Who has half already holds up nobody but themselves.
    private func admitWaiters(_ state: inout State) -> [Waiter] {
        var (admitted, left): ([Waiter], [Waiter]) = ([], [])
        var isFull = false
        for waiter in state.waiters {
            isFull = isFull || !hasRoom(for: waiter.demand, state)
            if !isFull, mayHave(waiter.demand, state) {
                Self.admit(waiter.demand, &state)
                admitted.append(waiter)
            } else {
                left.append(waiter)
            }
        }
        state.waiters = left
        return admitted
    }

    private func hasRoom(for demand: Demand, _ state: State) -> Bool {
        state.used == 0 || demand.bytes <= bytes - state.used
    }

    private func mayHave(_ demand: Demand, _ state: State) -> Bool {
        guard let used = demand.owner.flatMap({ state.owners[$0] }) else { return true }
        return demand.bytes <= bytes / 2 - used
    }

    private static func admit(_ demand: Demand, _ state: inout State) {
        state.used += demand.bytes
        if let owner = demand.owner { state.owners[owner, default: 0] += demand.bytes }
    }
}

/// The room there is for bodies, by kind, so that none of them can take it all from the others.
struct BodyRooms: Sendable {
    /// What is no longer than this is short.
    static let shortBytes = 64 << 10

    /// For those who have not said who they are: a sixteenth.
    let strangers: BodyRoom
    /// For short bodies: an eighth.
    let short: BodyRoom
    /// For all others.
    let long: BodyRoom

    init(bytes: Int, patience: TimeLimit) {
        strangers = BodyRoom(bytes: bytes / 16, patience: patience)
        short = BodyRoom(bytes: bytes / 8, patience: patience)
        long = BodyRoom(bytes: bytes - bytes / 16 - bytes / 8, patience: patience)
    }
}
