internal import Environment
internal import Synchronization

/// Stands for a principal once, for a moment: for browsers, which cannot send headers with a WebSocket.
package struct Ticket: Hashable, Sendable {
    /// Shown to its owner once.
    package let secret: String
    package let expiresIn: Duration
}

/// Tickets in memory: good on the server that issued them.
final class TicketBox: Sendable {
    private struct Entry: Sendable {
        let principal: Principal
        let expires: Timestamp
    }

    static let lifetime = Duration.seconds(30)
    private static let digits = 52
    private let entries: Mutex<BoundedMap<String, Entry>>

    /// - Parameter capacity: largest number of tickets; the oldest are dropped for new ones.
    init(capacity: Int) { entries = Mutex(BoundedMap(capacity: capacity)) }

    func issue(for principal: Principal, _ environment: ServiceEnvironment) -> Ticket {
        let secret = IdentityID.digits(Self.digits, environment.random)
        let expires = environment.now() + Self.lifetime
        entries.withLock { $0[secret] = Entry(principal: principal, expires: expires) }
        return Ticket(secret: secret, expiresIn: Self.lifetime)
    }

    /// Whom the ticket stands for. It is used up.
    func redeem(_ secret: String, at time: Timestamp) -> Principal? {
        guard secret.utf8.count == Self.digits else { return nil }
        let entry = entries.withLock { entries in
            let entry = entries[secret]
            entries[secret] = nil
            return entry
        }
        guard let entry, time < entry.expires, entry.expires <= time + Self.lifetime else { return nil }
        var principal = entry.principal
        principal.credential = .ticket
        return principal
    }

    /// Makes tickets worthless.
    func forget(where isConcerned: (Principal) -> Bool) {
        entries.withLock { entries in entries.removeAll { isConcerned($0.principal) } }
    }
}
