import Contracts
import Environment
import Identity
import Storage
import Testing

struct APIKeyTests {
    private func actor(_ user: User) -> Actor {
        Actor(
            Principal(
                userID: user.id,
                email: user.email,
                role: user.role,
                tier: user.tier,
                scopes: user.role.scopes,
                credential: .local
            ),
            from: IdentityWorld.address
        )
    }

    @Test func aKeyLetsItsOwnerInWithItsScopes() async throws {
        try await IdentityWorld.with { world in
            let user = try await world.addUser()
            let (secret, key) = try await world.service.createKey(
                for: user.id,
                name: "laptop",
                scopes: [.translate, .jobs],
                by: actor(user)
            )
            #expect(secret.hasPrefix(key.hint) && secret.utf8.count == 62)
            let principal = try await world.principal(secret)
            #expect(principal.userID == user.id && principal.credential == .apiKey(id: key.id))
            #expect(principal.scopes == [.translate, .jobs])
            #expect(throws: IdentityError.self) { try principal.require(.notes) }
            try principal.require(.jobs)
        }
    }

    @Test func theSecretIsNotStored() async throws {
        try await IdentityWorld.with { world in
            let user = try await world.addUser()
            let secret = try await world.service.createKey(
                for: user.id,
                name: "k",
                scopes: [.jobs],
                by: actor(user)
            ).secret
            let row = try await world.database.read { try $0.query("SELECT * FROM api_keys").first }
            for value in row?.values ?? [] { #expect(value != .text(secret)) }
            #expect(row?.values.contains(.text(try #require(KeySecret(secret)).digest)) == true)
        }
    }

    @Test func anyChangedCharacterIsToldWithoutTheDatabase() async throws {
        try await IdentityWorld.with { world in
            let user = try await world.addUser()
            let secret = Array(
                try await world.service.createKey(for: user.id, name: "k", scopes: [.jobs], by: actor(user)).secret.utf8
            )
            for place in secret.indices {
                var changed = secret
                changed[place] = changed[place] == UInt8(ascii: "a") ? UInt8(ascii: "b") : UInt8(ascii: "a")
                #expect(KeySecret(String(decoding: changed, as: UTF8.self)) == nil)
            }
            for text in ["dgm_", "dgm_" + String(repeating: "0", count: 10_000_000), "dgm_\0", "dgm_' OR 1=1 --"] {
                #expect(await world.refusal(text) == .unauthenticated)
            }
        }
    }

    @Test func aKeyExpires() async throws {
        try await IdentityWorld.with { world in
            let user = try await world.addUser()
            let expires = world.time.now + .seconds(15)
            let secret = try await world.service.createKey(
                for: user.id,
                name: "k",
                scopes: [.jobs],
                expiresAt: expires,
                by: actor(user)
            ).secret
            let steps: [(Int, IdentityError.Code?)] = [(0, nil), (9, nil), (5, nil), (1, .unauthenticated)]
            for (seconds, expected) in steps {
                world.time.advance(by: .seconds(seconds))
                #expect(await world.refusal(secret) == expected)
            }
        }
    }

    static let endings: [@Sendable (IdentityService, User, APIKey) async throws -> Void] = [
        { service, user, key in try await service.revokeKey(key.id, of: user.id, by: .console) },
        { service, user, _ in try await service.setDisabled(true, of: user.id, by: .console) },
        { service, user, _ in try await service.erase(user.id, by: .console) },
    ]

    @Test(arguments: endings.indices)
    func aKeyEndsAtOnceWithItselfOrItsOwner(_ index: Int) async throws {
        try await IdentityWorld.with { world in
            let user = try await world.addUser()
            let (secret, key) = try await world.service.createKey(
                for: user.id,
                name: "k",
                scopes: [.jobs],
                by: actor(user)
            )
            #expect(await world.refusal(secret) == nil)
            try await Self.endings[index](world.service, user, key)
            #expect(await world.refusal(secret) == .unauthenticated)
        }
    }

    @Test func aBusyKeyAsksTheDatabaseOnceInTenSeconds() async throws {
        try await IdentityWorld.with { world in
            let user = try await world.addUser()
            let (secret, key) = try await world.service.createKey(
                for: user.id,
                name: "k",
                scopes: [.jobs],
                by: actor(user)
            )
            _ = try await world.principal(secret)
            // Changed behind the service's back, as by another process.
            _ = try await world.store.revokeKey(key.id, of: user.id)
            world.time.advance(by: .seconds(9))
            #expect(await world.refusal(secret) == nil)
            world.time.advance(by: .seconds(1))
            #expect(await world.refusal(secret) == .unauthenticated)
        }
    }

    @Test func itsUseIsWrittenAtMostOnceAMinute() async throws {
        try await IdentityWorld.with { world in
            let user = try await world.addUser()
            let secret = try await world.service.createKey(
                for: user.id,
                name: "k",
                scopes: [.jobs],
                by: actor(user)
            ).secret
            var written: Set<Timestamp> = []
            for _ in 0..<61 {
                _ = try await world.principal(secret)
                if let time = try await world.store.keys(of: user.id).first?.lastUsedAt { written.insert(time) }
                world.time.advance(by: .seconds(1))
            }
            #expect(written == [ManualTime.start, ManualTime.start + .seconds(60)])
            let uses = try await world.service.auditTrail().elements.filter { $0.action == .keyUsed }
            #expect(uses.count == 1)
        }
    }

    @Test func aKeyIsNeverMoreThanItsMakerAndItsOwner() async throws {
        try await IdentityWorld.with { world in
            let (user, admin) = (try await world.addUser(), try await world.addUser("root", role: .admin))
            func refusal(_ scopes: Set<Scope>, for user: User, by actor: Actor) async -> IdentityError.Code? {
                await code {
                    _ = try await world.service.createKey(for: user.id, name: "k", scopes: scopes, by: actor)
                }
            }
            #expect(await refusal([.admin], for: user, by: actor(user)) == .forbidden)
            #expect(await refusal([.admin], for: user, by: .console) == .forbidden)
            #expect(await refusal([], for: user, by: actor(user)) == .invalid)
            #expect(await refusal([.jobs], for: admin, by: actor(user)) == .notFound)
            #expect(await refusal([.jobs], for: user, by: actor(admin)) == nil)
            let narrow = try await world.service.createKey(
                for: admin.id,
                name: "narrow",
                scopes: [.account],
                by: actor(admin)
            ).secret
            let holder = Actor(try await world.principal(narrow), from: nil)
            #expect(await refusal([.admin], for: admin, by: holder) == .forbidden)
            #expect(await refusal([.jobs], for: admin, by: holder) == .forbidden)
            #expect(await refusal([.account], for: admin, by: holder) == nil)
        }
    }

    @Test func anAdministratorWhoIsNoneAnyMoreHasKeysThatAreNoneAnyMore() async throws {
        try await IdentityWorld.with { world in
            let admin = try await world.addUser(role: .admin)
            let secret = try await world.service.createKey(
                for: admin.id,
                name: "k",
                scopes: [.admin, .jobs],
                by: actor(admin)
            ).secret
            #expect(try await world.principal(secret).scopes == [.admin, .jobs])
            try await world.service.setRole(.user, of: admin.id, by: .console)
            #expect(try await world.principal(secret).scopes == [.jobs])
        }
    }

    @Test func nobodyRevokesOrListsTheKeysOfOthers() async throws {
        try await IdentityWorld.with { world in
            let (ada, eve) = (try await world.addUser(), try await world.addUser("eve"))
            let key = try await world.service.createKey(for: ada.id, name: "k", scopes: [.jobs], by: actor(ada)).key
            for id in [ada.id, eve.id] {
                let refusal = await code { try await world.service.revokeKey(key.id, of: id, by: actor(eve)) }
                #expect(refusal == .notFound)
            }
            #expect(await code { _ = try await world.service.keys(of: ada.id, by: actor(eve)) } == .notFound)
            #expect(try await world.service.keys(of: ada.id, by: actor(ada)) == [key])
        }
    }

    @Test func keysMadeAtOnceAreAllDifferentAndNoMoreThanAllowed() async throws {
        try await IdentityWorld.with {
            $0.keysPerUser = 30
        } _: { world in
            let user = try await world.addUser()
            let secrets = await withTaskGroup(of: String?.self) { group in
                for number in 0..<50 {
                    group.addTask {
                        try? await world.service.createKey(
                            for: user.id,
                            name: "\(number)",
                            scopes: [.jobs],
                            by: .console
                        ).secret
                    }
                }
                return await group.reduce(into: Set<String>()) { if let secret = $1 { $0.insert(secret) } }
            }
            #expect(secrets.count == 30)
            for secret in secrets { #expect(await world.refusal(secret) == nil) }
        }
    }

    @Test(arguments: ["", "\n", String(repeating: "x", count: 101), String(repeating: "é", count: 1_000_000), "a\0"])
    func aPoorNameIsRefused(_ name: String) async throws {
        try await IdentityWorld.with { world in
            let user = try await world.addUser()
            let error = await #expect(throws: IdentityError.self) {
                _ = try await world.service.createKey(for: user.id, name: name, scopes: [.jobs], by: actor(user))
            }
            #expect(error?.code == .invalid && (error?.message.utf8.count ?? 0) < 1000)
        }
    }
}
