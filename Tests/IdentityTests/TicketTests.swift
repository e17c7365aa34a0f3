import Contracts
import Environment
import Identity
import Testing

struct TicketTests {
    @Test func aTicketIsGoodOnce() async throws {
        try await IdentityWorld.with { world in
            let ticket = world.service.issueTicket(for: .local)
            #expect(ticket.expiresIn == .seconds(30))
            let principal = try #require(world.service.redeem(ticket: ticket.secret))
            #expect(principal.userID == User.localID && principal.credential == .ticket)
            #expect(world.service.redeem(ticket: ticket.secret) == nil)
        }
    }

    @Test func aTicketIsGoodForThirtySeconds() async throws {
        try await IdentityWorld.with { world in
            let tickets = (0..<2).map { _ in world.service.issueTicket(for: .local) }
            world.time.advance(by: .seconds(30) - .microseconds(1))
            #expect(world.service.redeem(ticket: tickets[0].secret) != nil)
            world.time.advance(by: .microseconds(1))
            #expect(world.service.redeem(ticket: tickets[1].secret) == nil)
        }
    }

    @Test func ofManyWhoRedeemAtOnceOneIsLetIn() async throws {
        try await IdentityWorld.with { world in
            let ticket = world.service.issueTicket(for: .local)
            let admitted = await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<100 { group.addTask { world.service.redeem(ticket: ticket.secret) != nil } }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(admitted == 1)
        }
    }

    @Test(arguments: ["", "x", "dgm_", "' OR 1=1 --", String(repeating: "0", count: 10_000_000)])
    func nonsenseIsNoTicket(_ secret: String) async throws {
        try await IdentityWorld.with { world in
            _ = world.service.issueTicket(for: .local)
            #expect(world.service.redeem(ticket: secret) == nil)
        }
    }

    @Test func tooManyTicketsDropTheOldest() async throws {
        try await IdentityWorld.with {
            $0.ticketsInMemory = 10
        } _: { world in
            let tickets = (0..<100).map { _ in world.service.issueTicket(for: .local) }
            let good = tickets.filter { world.service.redeem(ticket: $0.secret) != nil }
            #expect((5...10).contains(good.count) && good == tickets.suffix(good.count))
        }
    }
}
