package import Environment
internal import Synchronization

/// Remembers which tickets were used, so that each is good once.
///
/// Promises of every implementation:
/// - Of those who use a ticket, at the same time or one after the other, one is told that it is new: among all
///   processes that share the ledger, as long as what they share it by can be reached.
/// - An entry is kept until the ticket has expired by any process's clock; memory is bounded.
///
/// `TicketLedgerContract` in the tests is this text as code.
package protocol TicketLedger: Sendable {
    /// Enters the use of a ticket.
    /// - Parameters:
    ///   - id: the ticket's own name.
    ///   - userID: whom it stands for.
    ///   - expires: when the entry may be forgotten.
    /// - Returns: whether the ticket is new.
    /// - Throws: `IdentityError` `.unavailable` or `.storageFull` if that cannot be said: then nobody is let in.
    func use(_ id: String, of userID: String, until expires: Timestamp, at time: Timestamp) async throws -> Bool
}

/// A ledger in memory, for a server that runs alone. With several, a ticket is good once at each.
package final class InProcessTicketLedger: TicketLedger {
    private struct State {
        var used: [String: Timestamp] = [:]
        /// When those that have expired are looked for again.
        var nextSweep = Timestamp(microseconds: .min)
    }

    private let capacity: Int
    private let state = Mutex(State())

    /// - Parameter capacity: largest number of tickets that are remembered. Only real tickets come here, each of which
    ///   cost its owner a request: where there are more, they are refused until some have expired.
    package init(capacity: Int = 100_000) { self.capacity = capacity }

    package func use(_ id: String, of userID: String, until expires: Timestamp, at time: Timestamp) async throws
        -> Bool
    {
        try state.withLock { state in
            guard state.used[id] == nil else { return false }
            // Seldom enough that each entry is looked at a few times only; soon again where the clock was set back.
            if time >= state.nextSweep || state.nextSweep > time + TicketSigner.lifetime {
                state.used = state.used.filter { time < $0.value }
                state.nextSweep = time + TicketSigner.lifetime
            }
            guard state.used.count < capacity else {
                throw IdentityError(.unavailable, "Too many tickets are in use. Try again later.")
            }
            state.used[id] = expires
            return true
        }
    }

    /// Tickets that are remembered.
    package var count: Int { state.withLock { $0.used.count } }
}
