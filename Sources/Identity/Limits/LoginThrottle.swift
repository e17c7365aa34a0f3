internal import Environment
internal import Synchronization

/// How attempts to sign in are slowed down.
package struct ThrottlePolicy: Hashable, Sendable {
    /// Attempts that cost nothing, until one succeeds.
    package var freeAttempts: Int
    /// The delay after the first attempt beyond those; each further one doubles it.
    package var firstDelay: Duration
    package var longestDelay: Duration
    /// Everything is forgotten after this long without an attempt, and `freeAttempts` in any such span: an address that
    /// many people share does not fill up with their mistakes.
    package var memory: Duration

    package init(
        freeAttempts: Int,
        firstDelay: Duration = .seconds(1),
        longestDelay: Duration = .seconds(900),
        memory: Duration = .seconds(3600)
    ) {
        self.freeAttempts = freeAttempts
        self.firstDelay = firstDelay
        self.longestDelay = longestDelay
        self.memory = memory
    }

    /// For one account.
    package static let account = ThrottlePolicy(freeAttempts: 5)
    /// For one address: a whole office may be behind it.
    package static let address = ThrottlePolicy(freeAttempts: 30)

    /// How many attempts are left of that many, after a pause.
    func remaining(of attempts: Int, after pause: Duration) -> Int {
        guard pause < memory else { return 0 }
        let perAttempt = max(1, memory.wholeMicroseconds / Int64(max(1, freeAttempts)))
        return max(0, attempts - Int(max(0, pause.wholeMicroseconds) / perAttempt))
    }

    /// What comes after that many attempts without success.
    func delay(after attempts: Int) -> Duration {
        guard attempts >= freeAttempts else { return .zero }
        let doublings = min(attempts - freeAttempts, 40)
        let (micros, overflow) = firstDelay.wholeMicroseconds.multipliedReportingOverflow(by: 1 << doublings)
        return overflow ? longestDelay : min(.microseconds(micros), longestDelay)
    }
}

/// Slows down whoever guesses passwords: per account and per address, exponentially, in memory.
///
/// An attempt counts as failed as soon as it begins, so that many at once are no way around; success takes it back. An
/// attempt that is refused does not count: who waits as told gets through. An address from which somebody has signed in to
/// an account before has attempts at it of its own: whoever guesses elsewhere does not hold up the owner there. Anywhere
/// else they do, for `longestDelay` at most; sessions and keys are not touched by it.
final class LoginThrottle: Sendable {
    private struct Record: Sendable {
        var attempts = 0
        var last: Timestamp
        var openAt: Timestamp
    }

    private enum Key: Hashable, Sendable {
        /// Attempts from anywhere but its own places.
        case account(String)
        /// Attempts at an account from an address where somebody signed in to it.
        case place(Place)
        case address(String)
    }

    private struct Place: Hashable, Sendable {
        var account: String
        var address: String
    }

    private struct State {
        var records: BoundedMap<Key, Record>
        /// Where somebody signed in.
        var places: BoundedMap<Place, Bool>
    }

    private let accountPolicy: ThrottlePolicy
    private let addressPolicy: ThrottlePolicy
    private let state: Mutex<State>

    init(account: ThrottlePolicy, address: ThrottlePolicy, capacity: Int) {
        accountPolicy = account
        addressPolicy = address
        state = Mutex(State(records: BoundedMap(capacity: capacity), places: BoundedMap(capacity: capacity)))
    }

    /// Begins an attempt, or says how long to wait. `nil` for the account: only the address counts.
    func begin(account: String?, address: String, at time: Timestamp) -> Duration? {
        state.withLock { state in
            let keys = (account.map { [Self.key($0, address, &state)] } ?? []) + [Key.address(address)]
            if let wait = keys.compactMap({ remainingWait($0, state.records, time) }).max() { return wait }
            for key in keys { count(key, &state.records, time) }
            return nil
        }
    }

    /// The attempt succeeded: the account starts afresh, the address gets its attempt back and is one of the account's own.
    func succeeded(account: String, address: String) {
        state.withLock { state in
            let place = Place(account: account, address: address)
            state.places[place] = true
            state.records[.place(place)] = nil
            state.records[.account(account)] = nil
            guard var record = state.records[.address(address)] else { return }
            record.attempts = max(0, record.attempts - 1)
            record.openAt = record.last
            state.records[.address(address)] = record
        }
    }

    private static func key(_ account: String, _ address: String, _ state: inout State) -> Key {
        let place = Place(account: account, address: address)
        return state.places.use(place) == nil ? .account(account) : .place(place)
    }

    private func policy(_ key: Key) -> ThrottlePolicy {
        switch key {
        case .account, .place: accountPolicy
        case .address: addressPolicy
        }
    }

    private func remainingWait(_ key: Key, _ records: BoundedMap<Key, Record>, _ time: Timestamp) -> Duration? {
        guard let record = records[key], time < record.openAt else { return nil }
        // A clock that was set back must not make it longer.
        return min(record.openAt - time, policy(key).longestDelay)
    }

    private func count(_ key: Key, _ records: inout BoundedMap<Key, Record>, _ time: Timestamp) {
        let policy = policy(key)
        var record = records[key] ?? Record(last: time, openAt: time)
        record.attempts = policy.remaining(of: record.attempts, after: time - record.last) + 1
        record.last = time
        record.openAt = time + policy.delay(after: record.attempts)
        records[key] = record
    }
}
