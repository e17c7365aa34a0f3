internal import Environment
internal import Synchronization

/// Credentials that were good a moment ago, so that a busy one does not ask the database each time.
///
/// An entry lives ten seconds at most; a change in this process takes effect at once, one in another process when the
/// entry has run out. What was read from the database before a change cannot come in after it: a look-up takes a
/// `ticket` first, and `insert` ignores what was found with an older one.
final class CredentialCache: Sendable {
    struct Entry: Sendable {
        var principal: Principal
        /// The user's session epoch, where the credential is a token.
        var epoch: Int64
        /// No longer believed from then on.
        var validUntil: Timestamp
    }

    private struct State {
        var entries: BoundedMap<String, Entry>
        var ticket: UInt64 = 0
    }

    static let lifetime = Duration.seconds(10)
    private let state: Mutex<State>

    init(capacity: Int) { state = Mutex(State(entries: BoundedMap(capacity: capacity))) }

    var ticket: UInt64 { state.withLock { $0.ticket } }

    /// The entry of a credential's digest or id.
    func entry(_ key: String, at time: Timestamp) -> Entry? {
        state.withLock { state in
            guard let entry = state.entries.use(key) else { return nil }
            // Clocks are also set back: then the entry would live on.
            guard time < entry.validUntil, entry.validUntil <= time + Self.lifetime else {
                state.entries[key] = nil
                return nil
            }
            return entry
        }
    }

    /// Remembers that a credential is good, for ten seconds or until it expires.
    func insert(
        _ key: String,
        _ principal: Principal,
        epoch: Int64,
        expires: Timestamp?,
        at time: Timestamp,
        ticket: UInt64
    ) {
        let validUntil = min(time + Self.lifetime, expires ?? Timestamp(microseconds: .max))
        state.withLock { state in
            guard state.ticket == ticket else { return }
            state.entries[key] = Entry(principal: principal, epoch: epoch, validUntil: validUntil)
        }
    }

    /// Forgets what concerns a user.
    func forget(userID: String) { forget { $0.principal.userID == userID } }

    /// Forgets one credential.
    func forget(_ credential: @escaping (Credential) -> Bool) { forget { credential($0.principal.credential) } }

    private func forget(where isConcerned: (Entry) -> Bool) {
        state.withLock { state in
            state.ticket += 1
            state.entries.removeAll(where: isConcerned)
        }
    }
}
