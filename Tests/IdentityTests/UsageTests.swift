import Contracts
import Environment
import Identity
import Storage
import Testing

struct UsageTests {
    private static func limits(_ characters: Int?) -> (inout IdentityConfiguration) -> Void {
        { $0.tiers.limits[Tier.free]?.charactersPerMonth = characters }
    }

    @Test func charactersAddUpToTheMonthsLimit() async throws {
        try await IdentityWorld.with(configure: Self.limits(100)) { world in
            try await world.addUser()
            let principal = try await world.login().principal
            try await world.service.charge(principal, characters: 60)
            let refused = await #expect(throws: IdentityError.self) {
                try await world.service.charge(principal, characters: 41)
            }
            #expect(refused?.code == .quotaExceeded)
            // From 21 November to 1 December.
            #expect(refused?.retryAfter == .seconds(10 * 86_400))
            #expect(refused?.message.contains("2026-12-01") == true && refused?.message.contains("'60'") == true)
            try await world.service.charge(principal, characters: 40)
            let usage = try await world.service.usage(of: principal)
            #expect(usage.month == "2026-11" && usage.characters == 100 && usage.limit == 100 && usage.requests == 2)
            #expect(usage.resetsAt == ManualTime.start + .seconds(10 * 86_400))
            world.time.advance(by: .seconds(10 * 86_400))
            try await world.service.charge(principal, characters: 100)
            #expect(try await world.service.usage(of: principal).month == "2026-12")
        }
    }

    @Test(arguments: [0, 1, 3, 9, 10, 11, 12, 25, 120])
    func aMonthEndsWhereTheNextBegins(_ months: Int) async throws {
        try await IdentityWorld.with { world in
            var ends: [Timestamp] = [ManualTime.start]
            for _ in 0...months {
                let end = try await world.service.usage(of: .local).resetsAt
                #expect(end.compactDay.hasSuffix("01") && end.microseconds % 86_400_000_000 == 0)
                #expect(end > world.time.now && end - world.time.now <= .seconds(31 * 86_400))
                world.time.advance(by: end - world.time.now + .microseconds(-1))
                #expect(try await world.service.usage(of: .local).resetsAt == end)
                world.time.advance(by: .microseconds(1))
                ends.append(end)
            }
            #expect(ends == ends.sorted() && Set(ends).count == months + 2)
        }
    }

    /// Charges that come together are recorded together.
    @Test func manyChargesAtOnceAddUpToTheLimitExactly() async throws {
        try await IdentityWorld.with(configure: Self.limits(1500)) { world in
            try await world.addUser()
            let principal = try await world.login().principal
            let accepted = await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<400 {
                    group.addTask { (try? await world.service.charge(principal, characters: 10)) != nil }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(accepted == 150)
            let usage = try await world.service.usage(of: principal)
            #expect(usage.characters == 1500 && usage.requests == 150)
            // Nobody is left who would write for others.
            await #expect(throws: IdentityError.self) { try await world.service.charge(principal, characters: 1) }
            try await world.service.charge(principal, characters: 0)
        }
    }

    @Test func localModeIsCountedWithoutLimit() async throws {
        try await IdentityWorld.with { world in
            try await world.service.charge(.local, characters: 1_000_000_000)
            try await world.service.charge(.local, characters: -5)
            let usage = try await world.service.usage(of: .local)
            #expect(usage.characters == 1_000_000_000 && usage.limit == nil && usage.requests == 2)
        }
    }

    /// Where nothing is limited, a hundred requests cost one write, a moment later.
    @Test func chargesWithoutLimitAreRecordedTogether() async throws {
        try await IdentityWorld.with(configure: Self.limits(nil)) { world in
            let user = try await world.addUser()
            let principal = try await world.login().principal
            func recorded() async throws -> (characters: Int, requests: Int) {
                try await world.store.usage(of: user.id, month: "2026-11")
            }
            for _ in 0..<100 { try await world.service.charge(principal, characters: 3) }
            #expect(try await recorded() == (0, 0))
            await world.time.untilSomebodySleeps(upTo: .seconds(1))
            world.time.advance(by: .seconds(1))
            while try await recorded() != (300, 100) { await Task.yield() }
            try await world.service.charge(principal, characters: 7)
            await world.service.settle()
            #expect(try await recorded() == (307, 101))
        }
    }

    @Test func whatTheStoreDoesNotTakeIsRecordedLater() async throws {
        try await IdentityWorld.with(configure: Self.limits(nil)) { world in
            let user = try await world.addUser()
            let principal = try await world.login().principal
            let database = SwitchableDatabase(world.database)
            let store = SQLIdentityStore(database)
            let service = IdentityService(
                store: store,
                tokens: nil,
                environment: world.time.environment,
                configuration: world.service.configuration
            )
            try await service.charge(principal, characters: 5)
            database.condition = .full
            await service.settle()
            #expect(try await world.store.usage(of: user.id, month: "2026-11") == (0, 0))
            database.condition = .working
            try await service.charge(principal, characters: 6)
            await service.settle()
            #expect(try await world.store.usage(of: user.id, month: "2026-11") == (11, 2))
        }
    }

    @Test func whoIsGoneIsNotCharged() async throws {
        try await IdentityWorld.with { world in
            let user = try await world.addUser()
            let principal = try await world.login().principal
            try await world.service.erase(user.id, by: .console)
            #expect(await code { try await world.service.charge(principal, characters: 1) } == .unauthenticated)
        }
    }

    @Test func requestsAreLimitedByTierAndUserWhateverTheCredential() async throws {
        try await IdentityWorld.with { world in
            try await world.addUser()
            let token = try await world.login().principal
            var key = token
            key.credential = .apiKey(id: "key_x")
            for number in 1...10 {
                #expect(await world.service.admit(number % 2 == 0 ? token : key)?.remaining == 10 - number)
            }
            let refused = await world.service.admit(token)
            #expect(refused?.retryAfter == .seconds(6) && refused?.limit == 10)
            #expect(await world.service.admit(.local) == nil)
            world.time.advance(by: .seconds(6))
            #expect(await world.service.admit(key)?.isAdmitted == true)
        }
    }
}
