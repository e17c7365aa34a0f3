import Contracts
import Environment
import Identity
import Storage
import Testing

struct LoginTests {
    @Test(arguments: ["ada@example.org", "ADA@Example.ORG"])
    func theAddressIsNotCaseSensitive(_ email: String) async throws {
        try await IdentityWorld.with { world in
            let user = try await world.addUser()
            let token = try await world.service.login(email: email, password: IdentityWorld.password, from: "::1")
            #expect(token.principal.userID == user.id)
        }
    }

    @Test(arguments: [
        ("ada@example.org", "wrong password"), ("eve@example.org", IdentityWorld.password), ("ada@example.org", ""),
        ("ada@example.org", String(repeating: "x", count: 1_000_000)), ("", IdentityWorld.password),
        ("' OR '1'='1", IdentityWorld.password), ("ada@example.org' --", IdentityWorld.password),
        (String(repeating: "a@", count: 1_000_000), IdentityWorld.password),
        ("ada@example.org\0", IdentityWorld.password),
        ("local", ""), ("%@example.org", IdentityWorld.password),
    ])
    func everythingElseGetsOneAnswer(_ email: String, _ password: String) async throws {
        try await IdentityWorld.with { world in
            try await world.addUser()
            let error = await #expect(throws: IdentityError.self) {
                _ = try await world.service.login(email: email, password: password, from: IdentityWorld.address)
            }
            #expect(error?.code == .unauthenticated)
            #expect(error?.message == "The e-mail address or the password is wrong.")
        }
    }

    @Test func aDisabledAccountGetsTheSameAnswer() async throws {
        try await IdentityWorld.with { world in
            let user = try await world.addUser()
            try await world.service.setDisabled(true, of: user.id, by: .console)
            let error = await #expect(throws: IdentityError.self) { _ = try await world.login() }
            #expect(error?.message == "The e-mail address or the password is wrong.")
            try await world.service.setDisabled(false, of: user.id, by: .console)
            #expect(try await world.login().principal.userID == user.id)
        }
    }

    /// Medians of real hashing: whether an account exists must not show in the time. The bound is wide, as the machine
    /// may be busy; without the hash for nobody the difference is a factor of a hundred.
    @Test func anUnknownAccountTakesAsLong() async throws {
        let cost = ScryptCost(logRounds: 12, blockSize: 8, parallelism: 1)
        try await IdentityWorld.with(cost: cost) {
            $0.accountThrottle.freeAttempts = 1000
            $0.addressThrottle.freeAttempts = 1000
        } _: { world in
            try await world.addUser()
            var times: [String: [Duration]] = [:]
            for _ in 0..<9 {
                for name in ["ada", "eve"] {
                    let time = await ContinuousClock().measure {
                        _ = try? await world.login(name, password: "wrong one")
                    }
                    times[name, default: []].append(time)
                }
            }
            let medians = times.mapValues { $0.sorted()[4] }
            let (known, unknown) = (try #require(medians["ada"]), try #require(medians["eve"]))
            #expect(unknown / known > 0.25 && unknown / known < 4, "known \(known), unknown \(unknown)")
        }
    }

    @Test func withoutAKeyNobodySignsIn() async throws {
        try await IdentityWorld.with(key: nil) { world in
            try await world.addUser()
            #expect(await code { _ = try await world.login() } == .unavailable)
            #expect(await world.refusal("a.b.c") == .unauthenticated)
        }
    }

    @Test func aCheaperHashIsReplacedAtTheNextLogin() async throws {
        try await IdentityWorld.with { world in
            let user = try await world.addUser()
            let dearer = ScryptCost(logRounds: 5, blockSize: 1, parallelism: 1)
            let service = IdentityService(
                store: world.store,
                tokens: try await TokenIssuer(key: .secret(IdentityWorld.secret), environment: world.time.environment),
                environment: world.time.environment,
                hasher: PasswordHasher(cost: dearer, environment: world.time.environment)
            )
            let token = try await service.login(email: user.email, password: IdentityWorld.password, from: "::1")
            #expect(try await world.store.account(email: user.email)?.password?.cost == dearer)
            #expect(try await service.authenticate(token.accessToken, from: "::1").userID == user.id)
            _ = try await world.login()
        }
    }

    // MARK: Sessions

    @Test func signingOutEndsThatSessionOnly() async throws {
        try await IdentityWorld.with { world in
            try await world.addUser()
            let (first, second) = (try await world.login(), try await world.login())
            let principal = try await world.principal(first.accessToken)
            try await world.service.logout(principal)
            #expect(await world.refusal(first.accessToken) == .unauthenticated)
            #expect(await world.refusal(second.accessToken) == nil)
            try await world.service.logout(.local)
        }
    }

    static let endings: [@Sendable (IdentityService, String) async throws -> Void] = [
        { try await $0.setPassword("another password", of: $1, by: .console) },
        { try await $0.setDisabled(true, of: $1, by: .console) },
        { try await $0.erase($1, by: .console) },
    ]

    @Test(arguments: endings.indices)
    func everySessionEndsWithThePasswordOrTheAccount(_ index: Int) async throws {
        try await IdentityWorld.with { world in
            let user = try await world.addUser()
            let tokens = [try await world.login().accessToken, try await world.login().accessToken]
            for token in tokens { #expect(await world.refusal(token) == nil) }
            try await Self.endings[index](world.service, user.id)
            for token in tokens { #expect(await world.refusal(token) == .unauthenticated) }
        }
    }

    @Test func anotherProcessLearnsOfItWithinTenSeconds() async throws {
        try await IdentityWorld.with { world in
            try await world.addUser()
            let token = try await world.login().accessToken
            let other = try await world.anotherProcess()
            let principal = try await other.authenticate(token, from: "::1")
            try await world.service.logout(principal)
            world.time.advance(by: .seconds(10))
            #expect(await code { _ = try await other.authenticate(token, from: "::1") } == .unauthenticated)
        }
    }

    @Test func expiredRevocationsAreSweptAway() async throws {
        try await IdentityWorld.with { world in
            try await world.addUser()
            try await world.service.logout(try await world.login().principal)
            #expect(try await world.service.sweep(at: world.time.now) == 0)
            #expect(try await world.service.sweep(at: world.time.now + .seconds(3600)) == 1)
        }
    }

    // MARK: Signing up

    @Test func signingUpMakesAnAccountWhereItIsAllowed() async throws {
        try await IdentityWorld.with {
            $0.allowsSignUp = true
        } _: { world in
            let user = try await world.service.signUp(
                email: "Eve@example.org",
                password: IdentityWorld.password,
                from: "::1"
            )
            #expect(user.role == .user && user.tier == Tier.free && user.email == "eve@example.org")
            #expect(try await world.login("eve").principal.userID == user.id)
            let again = await code {
                _ = try await world.service.signUp(email: user.email, password: "12345678", from: "::1")
            }
            #expect(again == .conflict)
        }
        try await IdentityWorld.with { world async throws in
            let refused = await code {
                _ = try await world.service.signUp(email: "e@example.org", password: "12345678", from: "::1")
            }
            #expect(refused == .forbidden)
            #expect(try await world.service.hasUsers() == false)
        }
    }

    @Test(arguments: [
        "", "a", "@", "a@", "@b", "a@b@c", "a b@c", "a\n@b", "a@b\0", "a\u{200B}@b", "a@\u{202E}b",
        String(repeating: "a", count: 65) + "@b", "a@" + String(repeating: "b", count: 190),
        String(repeating: "é", count: 1_000_000),
    ])
    func whatIsNoAddressIsRefused(_ email: String) async throws {
        try await IdentityWorld.with {
            $0.allowsSignUp = true
        } _: { world async throws in
            let error = await #expect(throws: IdentityError.self) {
                _ = try await world.service.signUp(email: email, password: IdentityWorld.password, from: "::1")
            }
            #expect(error?.code == .invalid && (error?.message.utf8.count ?? 0) < 1000)
            #expect(try await world.service.hasUsers() == false)
        }
    }
}
