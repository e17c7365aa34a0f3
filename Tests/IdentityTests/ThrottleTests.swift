import Contracts
import Environment
import Identity
import Testing

struct ThrottleTests {
    private func attempt(_ world: IdentityWorld, _ name: String = "ada", from address: String = "::1") async
        -> IdentityError?
    {
        do {
            _ = try await world.service.login(email: name + "@example.org", password: "wrong one", from: address)
            return nil
        } catch {
            return error as? IdentityError
        }
    }

    @Test func anAccountIsSlowedDownFurtherWithEachAttempt() async throws {
        try await IdentityWorld.with { world in
            try await world.addUser()
            for number in 0..<5 { #expect(await attempt(world, from: "\(number)")?.code == .unauthenticated) }
            for delay in [1, 2, 4, 8, 16] {
                let refused = await attempt(world, from: "another")
                #expect(refused?.code == .throttled && refused?.retryAfter == .seconds(delay))
                // The right password does not help either, and being refused does not make it longer.
                #expect(await code { _ = try await world.login() } == .throttled)
                world.time.advance(by: .seconds(delay))
                #expect(await attempt(world, from: "another")?.code == .unauthenticated)
            }
        }
    }

    @Test func theDelayHasABoundAndPasses() async throws {
        try await IdentityWorld.with { world in
            try await world.addUser()
            var longest = Duration.zero
            for number in 0..<40 {
                let refused = await attempt(world, from: "\(number)")
                guard let wait = refused?.retryAfter else { continue }
                longest = max(longest, wait)
                world.time.advance(by: wait)
                #expect(await attempt(world, from: "x\(number)")?.code == .unauthenticated)
            }
            #expect(longest == .seconds(900))
            world.time.advance(by: .seconds(3600))
            for number in 0..<5 { #expect(await attempt(world, from: "y\(number)")?.code == .unauthenticated) }
        }
    }

    @Test func successStartsAfresh() async throws {
        try await IdentityWorld.with { world in
            try await world.addUser()
            for number in 0..<10 {
                for _ in 0..<4 { #expect(await attempt(world, from: "\(number)")?.code == .unauthenticated) }
                _ = try await world.login()
            }
        }
    }

    @Test func whoeverGuessesElsewhereDoesNotHoldUpTheOwner() async throws {
        try await IdentityWorld.with { world in
            try await world.addUser()
            _ = try await world.service.login(email: "ada@example.org", password: IdentityWorld.password, from: "home")
            for number in 0..<5 { #expect(await attempt(world, from: "\(number)")?.code == .unauthenticated) }
            #expect(await attempt(world, from: "another")?.code == .throttled)
            // Even the owner's own mistakes are forgiven at home, as many as anybody's.
            for _ in 0..<4 { #expect(await attempt(world, from: "home")?.code == .unauthenticated) }
            _ = try await world.service.login(email: "ada@example.org", password: IdentityWorld.password, from: "home")
            for _ in 0..<5 { #expect(await attempt(world, from: "home")?.code == .unauthenticated) }
            #expect(await attempt(world, from: "home")?.code == .throttled)
        }
    }

    @Test func anAddressThatTriesManyAccountsIsSlowedDown() async throws {
        try await IdentityWorld.with { world in
            for number in 0..<30 { #expect(await attempt(world, "u\(number)")?.code == .unauthenticated) }
            #expect(await attempt(world, "another")?.code == .throttled)
            #expect(await attempt(world, "another", from: "2001:db8::1")?.code == .unauthenticated)
        }
    }

    /// Somebody behind it mistypes every three minutes, all day.
    @Test func anAddressThatManyShareDoesNotFillUp() async throws {
        try await IdentityWorld.with { world in
            for number in 0..<480 {
                #expect(await attempt(world, "u\(number)")?.code == .unauthenticated)
                world.time.advance(by: .seconds(180))
            }
        }
    }

    @Test func manyAttemptsAtOnceAreNoWayAround() async throws {
        try await IdentityWorld.with { world in
            try await world.addUser()
            let answers = await withTaskGroup(of: IdentityError.Code?.self) { group in
                for number in 0..<50 { group.addTask { await attempt(world, from: "\(number)")?.code } }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(answers.filter { $0 == .unauthenticated }.count == 5)
            #expect(answers.filter { $0 == .throttled }.count == 45)
        }
    }

    @Test func signingUpOftenIsSlowedDown() async throws {
        try await IdentityWorld.with {
            $0.allowsSignUp = true
        } _: { world in
            var answers: [IdentityError.Code?] = []
            for number in 0..<31 {
                answers.append(
                    await code {
                        _ = try await world.service.signUp(
                            email: "u\(number)@example.org",
                            password: "12345678",
                            from: "::1"
                        )
                    }
                )
            }
            #expect(answers.prefix(30).allSatisfy { $0 == nil })
            #expect(answers.last == .throttled)
        }
    }
}
