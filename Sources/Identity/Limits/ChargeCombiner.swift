internal import Environment

/// Charges of one account with a limit that come while another is being recorded are recorded together.
///
/// All requests of an account meet in one row of the store, and a row is written by one transaction after the other: at
/// hundreds of requests a second they would queue up there, each with a connection in its hands. A sum that finds no
/// room is charged one by one. Thread-safe.
final class ChargeCombiner: Sendable {
    /// Charges that may go together.
    struct Account: Hashable, Sendable {
        var userID: String
        var month: String
        var limit: Int
    }

    private let combiner: Combiner<Account, Int, Bool>

    init(_ store: any IdentityStore) {
        @Sendable func write(_ account: Account, characters: Int, requests: Int) async throws -> Bool {
            try await store.charge(
                account.userID,
                month: account.month,
                characters: characters,
                requests: requests,
                limit: account.limit
            )
        }
        combiner = Combiner(most: 1000) { account, charges in
            let sum = charges.reduce(0) { sum, characters in
                let (sum, overflow) = sum.addingReportingOverflow(characters)
                return overflow ? .max : sum
            }
            let isCharged = try await write(account, characters: sum, requests: charges.count)
            return isCharged ? charges.map { _ in true } : nil
        } alone: { account, characters in
            try await write(account, characters: characters, requests: 1)
        }
    }

    /// - Parameter characters: at least 0.
    /// - Returns: whether they were charged.
    /// - Throws: what `UsageStore.charge` throws.
    func charge(_ account: Account, characters: Int) async throws -> Bool {
        try await combiner.perform(characters, for: account)
    }
}
