import Contracts
import Environment
import Identity
import Storage
import Testing

struct UserAdministrationTests {
    @Test func localModeIsAnAdministratorOfTheHighestTier() async throws {
        try await IdentityWorld.with { world in
            #expect(try await world.service.hasUsers() == false)
            let local = world.service.localPrincipal
            #expect(local.role == .admin && local.tier == Tier.standard && local.credential == .local)
            #expect(local.userID == "local" && local.scopes == Set(Scope.allCases))
            try await world.addUser()
            #expect(try await world.service.hasUsers())
        }
    }

    @Test func whoIsNoAdministratorChangesNothing() async throws {
        try await IdentityWorld.with { world in
            let user = try await world.addUser()
            let actor = Actor(try await world.login().principal, from: nil)
            let service = world.service
            let acts: [() async throws -> Void] = [
                { _ = try await service.addUser(email: "e@example.org", password: "12345678", by: actor) },
                { try await service.setDisabled(true, of: user.id, by: actor) },
                { try await service.setRole(.admin, of: user.id, by: actor) },
                { try await service.setTier(Tier.enterprise, of: user.id, by: actor) },
                { try await service.setPassword("12345678", of: user.id, by: actor) },
                { try await service.erase(user.id, by: actor) },
            ]
            for act in acts { #expect(await code(act) == .forbidden) }
            #expect(try await service.user(user.id) == user)
        }
    }

    @Test func whatAnAdministratorDoesIsRecorded() async throws {
        try await IdentityWorld.with { world in
            let admin = try await world.addUser("root", role: .admin)
            let actor = Actor(try await world.login("root").principal, from: "198.51.100.1")
            let user = try await world.service.addUser(email: "e@example.org", password: "12345678", by: actor)
            try await world.service.setTier(Tier.premium, of: user.id, by: actor)
            try await world.service.setRole(.admin, of: user.id, by: actor)
            try await world.service.setDisabled(true, of: user.id, by: actor)
            try await world.service.setDisabled(false, of: user.id, by: actor)
            try await world.service.setPassword("87654321", of: user.id, by: actor)
            let key = try await world.service.createKey(for: user.id, name: "k", scopes: [.jobs], by: actor).key
            try await world.service.revokeKey(key.id, of: user.id, by: actor)
            try await world.service.audit(.administration, subject: "trans_x", by: actor)
            let trail = try await world.service.auditTrail(limit: 100).elements.filter { $0.actor == admin.id }
            #expect(
                Set(trail.map(\.action)) == [
                    .login, .userAdded, .tierChanged, .roleChanged, .userDisabled, .userEnabled, .passwordChanged,
                    .keyCreated, .keyRevoked, .administration,
                ]
            )
            #expect(trail.filter { $0.action != .login }.allSatisfy { $0.address == "198.51.100.1" })
            #expect(trail.filter { $0.action == .keyRevoked }.map(\.subject) == [key.id])
        }
    }

    @Test func loginsAndFailedLoginsAreRecordedWithoutTheAddressThatWasTyped() async throws {
        try await IdentityWorld.with { world in
            let user = try await world.addUser()
            _ = try await world.login()
            for name in ["ada", "a-secret-typed-in-the-wrong-field"] {
                _ = try? await world.login(name, password: "wrong")
            }
            let trail = try await world.service.auditTrail().elements.filter { $0.action == .login }
            #expect(trail.filter { $0.outcome == .succeeded }.map(\.actor) == [user.id])
            #expect(Set(trail.filter { $0.outcome == .refused }.map(\.subject)) == [user.id, nil])
            #expect(trail.allSatisfy { $0.address == IdentityWorld.address })
            #expect(!trail.contains { "\($0)".contains("wrong-field") })
        }
    }

    @Test func anUnknownTierIsRefusedAndOneThatIsGoneCountsAsTheLeast() async throws {
        try await IdentityWorld.with { world in
            let user = try await world.addUser()
            let refusal = await code { try await world.service.setTier("gold'; --", of: user.id, by: .console) }
            #expect(refusal == .invalid)
            let table = TierTable()
            #expect(table.names == [Tier.free, Tier.premium, Tier.enterprise, Tier.standard])
            #expect(table["gold"].limits == table[Tier.free].limits)
            #expect(TierTable(limits: [:])["gold"].limits.charactersPerMonth == 0)
        }
    }

    @Test func erasingLeavesNothing() async throws {
        let erased = Recorder<String>()
        try await IdentityWorld.with { configuration in
            configuration.erasures = [.init("everything") { erased.record($0) }]
        } _: { world in
            let user = try await world.addUser("very-particular-name")
            let token = try await world.login("very-particular-name")
            let principal = try await world.principal(token.accessToken)
            _ = try await world.service.createKey(
                for: user.id,
                name: "a-key-of-theirs",
                scopes: [.jobs],
                by: Actor(principal, from: "203.0.113.77")
            )
            try await world.service.charge(principal, characters: 10)
            try await world.service.logout(principal, from: "203.0.113.77")
            try await world.service.erase(user.id, by: .console)
            #expect(erased.all == [user.id])
            let rows = try await Self.everyRow(world.database)
            for trace in ["very-particular-name", "a-key-of-theirs", "203.0.113.77", IdentityWorld.address, "scrypt"] {
                #expect(!rows.contains { $0.contains(trace) }, "\(trace)")
            }
            #expect(rows.allSatisfy { !$0.contains(user.id) || $0.contains("audit_trail") })
            #expect(rows.contains { $0.contains(user.id) }, "the audit trail keeps the id")
        }
    }

    /// All rows of the tables about accounts, with the tables' names.
    private static func everyRow(_ database: SQLiteDatabase) async throws -> [String] {
        try await database.read { connection in
            let selections: [SQLStatement] = [
                "SELECT 'users' AS t, * FROM users", "SELECT 'api_keys' AS t, * FROM api_keys",
                "SELECT 'revoked_tokens' AS t, * FROM revoked_tokens",
                "SELECT 'usage_by_month' AS t, * FROM usage_by_month",
                "SELECT 'audit_trail' AS t, * FROM audit_trail",
            ]
            return try selections.flatMap { try connection.query($0).map { "\($0.values)" } }
        }
    }

    @Test func anErasureThatFailsLeavesTheAccountDisabledAndCanBeRepeated() async throws {
        let (attempts, others) = (Recorder<String>(), Recorder<String>())
        try await IdentityWorld.with { configuration in
            configuration.erasures = [Self.failing(attempts, times: 1), .init("jobs") { others.record($0) }]
        } _: { world in
            let user = try await world.addUser()
            let error = await #expect(throws: IdentityError.self) {
                try await world.service.erase(user.id, by: .console)
            }
            #expect(error?.code == .unfinished)
            #expect(error?.message.contains("notes") == true && error?.message.contains("jobs") == false)
            #expect(others.all == [user.id], "what can be erased is")
            #expect(try await world.service.user(user.id).isDisabled)
            try await world.service.erase(user.id, by: .console)
            #expect(await code { _ = try await world.service.user(user.id) } == .notFound)
            #expect(await code { try await world.service.erase(user.id, by: .console) } == .notFound)
        }
    }

    /// What fails the first times that it is run.
    private static func failing(_ attempts: Recorder<String>, times: Int) -> IdentityConfiguration.Erasure {
        struct Failure: Error {}
        return .init("notes") { if attempts.record($0) <= times { throw Failure() } }
    }

    @Test func anErasureThatFailsIsRepeatedByTheSweepUntilItSucceeds() async throws {
        let attempts = Recorder<String>()
        try await IdentityWorld.with { configuration in
            configuration.erasures = [Self.failing(attempts, times: 2)]
        } _: { world in
            let user = try await world.addUser()
            #expect(await code { try await world.service.erase(user.id, by: .console) } == .unfinished)
            try await world.service.sweep(at: world.time.now)
            #expect(try await world.service.user(user.id).isDisabled)
            try await world.service.sweep(at: world.time.now)
            #expect(await code { _ = try await world.service.user(user.id) } == .notFound)
            #expect(try await world.service.erasedUsers(since: world.time.now) == [user.id])
            try await world.service.sweep(at: world.time.now)
            #expect(attempts.all.count == 3)
        }
    }

    @Test func anAccountThatIsOpenedAgainIsNotErasedBehindItsBack() async throws {
        let attempts = Recorder<String>()
        try await IdentityWorld.with { configuration in
            configuration.erasures = [Self.failing(attempts, times: 1)]
        } _: { world in
            let user = try await world.addUser()
            #expect(await code { try await world.service.erase(user.id, by: .console) } == .unfinished)
            try await world.service.setDisabled(false, of: user.id, by: .console)
            try await world.service.sweep(at: world.time.now)
            try await world.service.setDisabled(true, of: user.id, by: .console)
            try await world.service.sweep(at: world.time.now)
            #expect(try await world.service.user(user.id).isDisabled)
            #expect(attempts.all.count == 1)
        }
    }

    @Test func tablesRefuseWhatTheRulesForbid() async throws {
        try await IdentityWorld.with { world in
            try await world.addUser()
            let changes: [SQLStatement] = [
                "role = 'root'", "password_hash = 'plain'", "is_disabled = 2", "session_epoch = -1", "id = 'local'",
                "email = ''", "tier = ''",
            ]
            for change in changes {
                let error = await #expect(throws: StorageError.self) {
                    _ = try await world.database.write { try $0.execute("UPDATE users SET \(change)") }
                }
                #expect(error?.code == .constraint, "\(change)")
            }
        }
    }
}
