import Contracts
import Environment
import Identity
import Storage
import Testing

struct TicketTests {
    /// Somebody who has signed in.
    private static func signedIn<T>(
        _ body: (IdentityWorld, Principal) async throws -> T
    ) async throws -> T {
        try await IdentityWorld.with { world in
            try await world.addUser()
            return try await body(world, try await world.principal(try await world.login().accessToken))
        }
    }

    /// Why a service refuses a ticket; `nil` if it does not.
    private static func refusal(_ ticket: String, by service: IdentityService) async -> IdentityError.Code? {
        await code { _ = try await service.redeem(ticket: ticket) }
    }

    @Test func aTicketIsGoodOnce() async throws {
        try await Self.signedIn { world, ada in
            let ticket = try await world.service.issueTicket(for: ada)
            #expect(ticket.expiresIn == .seconds(30))
            let principal = try await world.service.redeem(ticket: ticket.secret)
            #expect(principal.userID == ada.userID && principal.scopes == ada.scopes)
            #expect(principal.credential == .ticket)
            #expect(await Self.refusal(ticket.secret, by: world.service) == .unauthenticated)
        }
    }

    @Test func whoeverSitsAtTheMachineNeedsNoAccountForOne() async throws {
        try await IdentityWorld.with { world in
            let tickets = [
                try await world.service.issueTicket(for: .local), try await world.service.issueTicket(for: .local),
            ]
            #expect(try await world.service.redeem(ticket: tickets[0].secret).userID == User.localID)
            #expect(await Self.refusal(tickets[0].secret, by: world.service) == .unauthenticated)
            // With the first account, local mode is over.
            try await world.addUser()
            #expect(await Self.refusal(tickets[1].secret, by: world.service) == .unauthenticated)
        }
    }

    @Test func aTicketIsGoodForThirtySeconds() async throws {
        try await Self.signedIn { world, ada in
            let tickets = [
                try await world.service.issueTicket(for: ada), try await world.service.issueTicket(for: ada),
            ]
            world.time.advance(by: .seconds(30) - .microseconds(1))
            #expect(await Self.refusal(tickets[0].secret, by: world.service) == nil)
            world.time.advance(by: .microseconds(1))
            #expect(await Self.refusal(tickets[1].secret, by: world.service) == .unauthenticated)
        }
    }

    // MARK: Several processes

    @Test func aTicketIsGoodAtEveryProcessWithTheSecretAndOnceAtAll() async throws {
        try await Self.signedIn { world, ada in
            let ledger = SQLTicketLedger(world.database)
            let others = [
                try await world.anotherProcess(tickets: ledger), try await world.anotherProcess(tickets: ledger),
            ]
            for _ in 0..<20 {
                let ticket = try await world.service.issueTicket(for: ada).secret
                #expect(await Self.refusal(ticket, by: others[0]) == nil)
                for other in others { #expect(await Self.refusal(ticket, by: other) == .unauthenticated) }
            }
            let foreign = try await world.anotherProcess(secret: "another installation's secret, of 32 bytes")
            let ticket = try await world.service.issueTicket(for: ada).secret
            #expect(await Self.refusal(ticket, by: foreign) == .unauthenticated)
        }
    }

    @Test func clocksThatDifferByASecondDoNotMatter() async throws {
        try await Self.signedIn { world, ada in
            let ticket = try await world.service.issueTicket(for: ada).secret
            let others = [try await world.anotherProcess(), try await world.anotherProcess()]
            world.time.advance(by: .seconds(-1))
            #expect(await Self.refusal(ticket, by: others[0]) == nil)
            world.time.advance(by: .seconds(-3600))
            #expect(await Self.refusal(ticket, by: others[1]) == .unauthenticated)
        }
    }

    /// What ends the credential that a ticket was issued for.
    static let endings: [@Sendable (IdentityService, Principal) async throws -> Void] = [
        { try await $0.logout($1) },
        { try await $0.setPassword("another password", of: $1.userID, by: .console) },
        { try await $0.setDisabled(true, of: $1.userID, by: .console) },
        { try await $0.erase($1.userID, by: .console) },
    ]

    @Test(arguments: endings.indices)
    func aTicketEndsWithItsCredentialAtOtherProcessesToo(_ index: Int) async throws {
        try await Self.signedIn { world, ada in
            let other = try await world.anotherProcess()
            let ticket = try await world.service.issueTicket(for: ada).secret
            try await Self.endings[index](world.service, ada)
            #expect(await Self.refusal(ticket, by: world.service) == .unauthenticated)
            #expect(await Self.refusal(ticket, by: other) == .unauthenticated)
        }
    }

    @Test func aTicketForAnAPIKeyOpensWhatTheKeyOpensUntilItIsRevoked() async throws {
        try await IdentityWorld.with { world in
            let user = try await world.addUser()
            let (secret, key) = try await world.service.createKey(
                for: user.id,
                name: "page",
                scopes: [.jobs],
                by: .console
            )
            let principal = try await world.principal(secret)
            var tickets: [Ticket] = []
            for _ in 0..<2 { tickets.append(try await world.service.issueTicket(for: principal)) }
            let other = try await world.anotherProcess()
            let redeemed = try await other.redeem(ticket: tickets[0].secret)
            #expect(redeemed.userID == user.id && redeemed.scopes == [.jobs])
            try await world.service.revokeKey(key.id, of: user.id, by: .console)
            #expect(await Self.refusal(tickets[1].secret, by: other) == .unauthenticated)
        }
    }

    // MARK: Hostile

    @Test func aTicketIsNoTokenATokenNoTicketAndATicketBuysNoOther() async throws {
        try await Self.signedIn { world, ada in
            let ticket = try await world.service.issueTicket(for: ada).secret
            #expect(await world.refusal(ticket) == .unauthenticated)
            let token = try await world.login().accessToken
            #expect(await Self.refusal(token, by: world.service) == .unauthenticated)
            let redeemed = try await world.service.redeem(ticket: ticket)
            #expect(await code { _ = try await world.service.issueTicket(for: redeemed) } == .unauthenticated)
        }
    }

    @Test func aTicketThatWasChangedIsNone() async throws {
        try await Self.signedIn { world, ada in
            let ticket = Array(try await world.service.issueTicket(for: ada).secret.utf8)
            #expect(ticket.count < 400 && ticket.allSatisfy { UInt8(ascii: "-")...UInt8(ascii: "z") ~= $0 })
            for place in ticket.indices {
                var changed = ticket
                changed[place] = changed[place] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
                let text = String(decoding: changed, as: UTF8.self)
                #expect(await Self.refusal(text, by: world.service) == .unauthenticated, "\(place)")
            }
            for length in ticket.indices {
                let text = String(decoding: ticket.prefix(length), as: UTF8.self)
                #expect(await Self.refusal(text, by: world.service) == .unauthenticated)
            }
            let whole = String(decoding: ticket, as: UTF8.self)
            let doubled = whole.split(separator: ".").joined(separator: "..")
            for text in [whole + "=", whole + "A", "." + whole, whole + ".", " " + whole, doubled] {
                #expect(await Self.refusal(text, by: world.service) == .unauthenticated, "\(text)")
            }
            #expect(await Self.refusal(whole, by: world.service) == nil)
        }
    }

    @Test(arguments: ["", ".", "x", "dgm_", "é.é", "' OR 1=1 --", String(repeating: "0", count: 10_000_000)])
    func nonsenseIsNoTicket(_ secret: String) async throws {
        try await IdentityWorld.with { world in
            #expect(await Self.refusal(secret, by: world.service) == .unauthenticated)
        }
    }

    // MARK: Ledgers

    @Test(arguments: TicketLedgerContract.cases)
    func inProcessLedger(_ promise: ContractCase<TicketLedgerContract>) async throws {
        let ledger = InProcessTicketLedger()
        try await promise.check(TicketLedgerContract(ledger: ledger, other: ledger, userID: "user_ada"))
    }

    @Test(arguments: TicketLedgerContract.cases)
    func sqlLedger(_ promise: ContractCase<TicketLedgerContract>) async throws {
        try await IdentityWorld.with { world in
            let ledger = SQLTicketLedger(world.database)
            let userID = try await world.addUser().id
            try await promise.check(TicketLedgerContract(ledger: ledger, other: ledger, userID: userID))
            // They leave with the revoked tokens that have expired.
            _ = try await world.service.sweep(at: ManualTime.start + .seconds(90))
            #expect(try await ledger.use("a", of: userID, until: ManualTime.start, at: ManualTime.start))
        }
    }

    @Test func aLedgerInMemoryForgetsWhatHasExpiredAndRefusesWhatItCannotRemember() async throws {
        let (ledger, start) = (InProcessTicketLedger(capacity: 100), ManualTime.start)
        func use(_ number: Int, at time: Timestamp) async throws -> Bool {
            try await ledger.use("\(number)", of: "ada", until: time + .seconds(90), at: time)
        }
        for number in 0..<100 { #expect(try await use(number, at: start)) }
        #expect(await code { _ = try await use(100, at: start + .seconds(1)) } == .unavailable)
        #expect(try await !use(7, at: start + .seconds(89)))
        #expect(try await use(100, at: start + .seconds(120)))
        #expect(ledger.count == 1)
    }
}
