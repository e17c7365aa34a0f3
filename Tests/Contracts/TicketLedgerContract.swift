internal import Environment
package import Identity
internal import Testing

/// What every `TicketLedger` promises. `ledger` and `other` share their entries, as two processes would, or are one and
/// the same; both are empty.
package struct TicketLedgerContract: Sendable {
    let ledger: any TicketLedger
    let other: any TicketLedger
    /// Somebody with an account.
    let userID: String

    package init(ledger: any TicketLedger, other: any TicketLedger, userID: String) {
        self.ledger = ledger
        self.other = other
        self.userID = userID
    }

    private static let start = ManualTime.start

    private func use(_ id: String, _ ledger: any TicketLedger, at time: Timestamp = start) async throws -> Bool {
        try await ledger.use(id, of: userID, until: Self.start + .seconds(90), at: time)
    }

    package static let cases: [ContractCase<TicketLedgerContract>] = [
        ContractCase("a ticket is new once, wherever it is used") { suite async throws in
            #expect(try await suite.use("a", suite.ledger))
            for time in [start, start + .seconds(1), start + .seconds(89)] {
                #expect(try await !suite.use("a", suite.ledger, at: time))
                #expect(try await !suite.use("a", suite.other, at: time))
            }
        },
        ContractCase("tickets do not touch each other") { suite async throws in
            for id in ["a", "b", "A", "", "a b", "' OR 1=1 --"] { #expect(try await suite.use(id, suite.ledger)) }
        },
        ContractCase("of many who use one at once, one is told that it is new") { suite async throws in
            try await withThrowingTaskGroup(of: (Int, Bool).self) { group in
                for number in 0..<200 {
                    let ledger = number % 2 == 0 ? suite.ledger : suite.other
                    group.addTask { (number % 10, try await suite.use("\(number % 10)", ledger)) }
                }
                let new = try await group.reduce(into: [Int: Int]()) { $0[$1.0, default: 0] += $1.1 ? 1 : 0 }
                #expect(new == Dictionary(uniqueKeysWithValues: (0..<10).map { ($0, 1) }))
            }
        },
    ]
}
