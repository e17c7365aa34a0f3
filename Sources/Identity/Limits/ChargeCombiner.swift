internal import Synchronization

/// Charges of one account that come while another is being recorded are recorded together.
///
/// All requests of an account meet in one row of the store, and a row is written by one transaction after the other: at
/// hundreds of requests a second they would queue up there, each with a connection in its hands. So one caller at a time
/// writes for an account; those who come meanwhile wait here, and the first of them then writes the sum for all. A sum
/// that finds no room, or fails, is charged one by one, so that everybody gets the answer that is due. Nobody's charge is
/// answered before it is recorded. Thread-safe.
final class ChargeCombiner: Sendable {
    /// Charges that may go together.
    struct Account: Hashable, Sendable {
        var userID: String
        var month: String
        var limit: Int?
    }

    /// What somebody who waited is to do.
    private enum Turn: Sendable {
        /// Write for these as well.
        case lead([Follower])
        /// Nothing: it is recorded, together with others.
        case recorded
        /// Write alone.
        case alone
    }

    private struct Follower: Sendable {
        var characters: Int
        var continuation: CheckedContinuation<Turn, Never>
    }

    /// Most charges that go together.
    private static let most = 1000

    private let store: any IdentityStore
    /// Who waits, by account; nothing for accounts that nobody writes for.
    private let waiting = Mutex<[Account: [Follower]]>([:])

    init(_ store: any IdentityStore) { self.store = store }

    /// - Parameter characters: at least 0.
    /// - Returns: whether they were charged.
    /// - Throws: what `UsageStore.charge` throws.
    func charge(_ account: Account, characters: Int) async throws -> Bool {
        switch await turn(account, characters) {
        case .recorded: return true
        case .alone: return try await write(account, characters: characters, requests: 1)
        case .lead(let followers):
            defer { passOn(account) }
            if await writeTogether(account, characters, followers) { return true }
            return try await write(account, characters: characters, requests: 1)
        }
    }

    private func turn(_ account: Account, _ characters: Int) async -> Turn {
        await withCheckedContinuation { continuation in
            let isFirst = waiting.withLock { waiting in
                guard waiting[account] != nil else {
                    waiting[account] = []
                    return true
                }
                waiting[account]?.append(Follower(characters: characters, continuation: continuation))
                return false
            }
            if isFirst { continuation.resume(returning: .lead([])) }
        }
    }

    /// Writes one's own charge and those of followers, if there are any, in one.
    /// - Returns: whether that is recorded; otherwise everybody writes alone.
    private func writeTogether(_ account: Account, _ characters: Int, _ followers: [Follower]) async -> Bool {
        guard !followers.isEmpty else { return false }
        let sum = followers.reduce(characters) { sum, follower in
            let (sum, overflow) = sum.addingReportingOverflow(follower.characters)
            return overflow ? .max : sum
        }
        let isRecorded = (try? await write(account, characters: sum, requests: followers.count + 1)) ?? false
        for follower in followers { follower.continuation.resume(returning: isRecorded ? .recorded : .alone) }
        return isRecorded
    }

    private func write(_ account: Account, characters: Int, requests: Int) async throws -> Bool {
        try await store.charge(
            account.userID,
            month: account.month,
            characters: characters,
            requests: requests,
            limit: account.limit
        )
    }

    /// Has the first of those who came meanwhile write for the others.
    private func passOn(_ account: Account) {
        let next = waiting.withLock { waiting -> (leader: Follower, followers: [Follower])? in
            guard let all = waiting[account], let leader = all.first else {
                waiting[account] = nil
                return nil
            }
            waiting[account] = Array(all.dropFirst(Self.most))
            return (leader, Array(all.prefix(Self.most).dropFirst()))
        }
        next?.leader.continuation.resume(returning: .lead(next?.followers ?? []))
    }
}
