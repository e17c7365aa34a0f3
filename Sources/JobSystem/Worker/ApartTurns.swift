package import Environment

/// How a worker shares its time between jobs that are set aside (`Job.isApart`) and all others; a pure state machine.
///
/// To try one of the former, a worker that always has something to do claims nothing until what it runs has ended.
/// Whatever time it spends on that and on the trial, the others get as much afterwards: they have half of the worker at
/// least. And where the time was too short for what runs to end, it is doubled: under any load, jobs that are set aside
/// get their turn in the end.
package struct ApartTurns: Sendable {
    private enum Phase {
        /// It is the others' turn, and theirs alone until then.
        case others(until: Timestamp)
        /// What runs is to end; nothing else is claimed.
        case makingRoom(since: Timestamp)
        /// One that is set aside is tried, or room was made for it, since then.
        case trying(since: Timestamp)
    }

    private static let shortest = Duration.seconds(60)
    private static let longest = Duration.seconds(30 * 86_400)

    private var phase = Phase.others(until: Timestamp(microseconds: .min))
    /// How long what runs may take to end before the others have their turn again.
    private var patience = shortest
    /// How long it took to make the room that nothing has been tried in yet.
    private var spent = Duration.zero

    package init() {}

    /// Whether a worker that runs something is to claim no more for now. To be asked every few seconds.
    /// - Parameter isWaited: a job waits that is set aside.
    package mutating func makesRoom(isWaited: Bool, at now: Timestamp) -> Bool {
        switch phase {
        case .others(let until):
            guard isWaited, now >= until else { return false }
            (phase, spent) = (.makingRoom(since: now), .zero)
            return true
        case .makingRoom(let since):
            let isOver = now - since >= patience
            guard isOver || !isWaited else { return true }
            if isWaited { patience = min(patience * 2, Self.longest) }
            phase = .others(until: now + (now - since))
            return false
        case .trying:
            return false
        }
    }

    /// What a worker that runs nothing asks for.
    package mutating func request(at now: Timestamp) -> ApartJobs {
        switch phase {
        case .others(let until) where now < until: return .last
        case .others, .trying: return .first
        case .makingRoom(let since):
            (phase, spent) = (.others(until: now), now - since)
            return .first
        }
    }

    /// A job that is set aside is being tried.
    package mutating func begin(at now: Timestamp) {
        phase = .trying(since: now + (.zero - spent))
        (patience, spent) = (Self.shortest, .zero)
    }

    /// Its attempt has ended.
    package mutating func end(at now: Timestamp) {
        if case .trying(let since) = phase { phase = .others(until: now + (now - since)) }
    }
}
