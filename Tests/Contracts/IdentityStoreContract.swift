internal import Environment
package import Identity
internal import Testing

/// What every `IdentityStore` promises. `store` and `other` share their data, as two processes would; both are empty.
package struct IdentityStoreContract: Sendable {
    let store: any IdentityStore
    let other: any IdentityStore

    package init(store: any IdentityStore, other: any IdentityStore) {
        self.store = store
        self.other = other
    }

    static let start = ManualTime.start

    package static let cases = users + keys + records

    @discardableResult
    func insert(_ user: User = IdentitySamples.user()) async throws -> User {
        try await store.insert(user, password: IdentitySamples.hash())
        return user
    }

    private func epoch(of user: User, after changes: UserChanges) async throws -> Int64? {
        try await store.update(user.id, changes, recording: [], at: Self.start)?.sessionEpoch
    }

    static let users: [ContractCase<IdentityStoreContract>] = [
        ContractCase("an account is read back whole, by id and by address") { suite async throws in
            #expect(try await suite.store.hasUsers() == false)
            for (number, text) in JobStoreContract.hostileTexts.enumerated() {
                let user = IdentitySamples.user(
                    "\(number)",
                    email: String(text.prefix(200)) + "@x\(number)",
                    role: number % 2 == 0 ? .user : .admin,
                    tier: String(text.prefix(40)) + "t"
                )
                try await suite.store.insert(user, password: IdentitySamples.hash("B"))
                #expect(try await suite.other.user(user.id) == user)
                let account = try #require(try await suite.other.account(email: user.email))
                #expect(account.user == user && account.password == IdentitySamples.hash("B"))
                #expect(try await suite.other.user(text) == nil)
                #expect(try await suite.other.account(email: text) == nil)
            }
            #expect(try await suite.other.hasUsers())
        },
        ContractCase("of accounts with one address at once, one is made") { suite async throws in
            let made: [String] = await withTaskGroup(of: String?.self) { group in
                for number in 0..<20 {
                    let store = number % 2 == 0 ? suite.store : suite.other
                    let user = IdentitySamples.user("\(number)", email: "ada@example.org")
                    group.addTask {
                        do {
                            try await store.insert(user, password: IdentitySamples.hash())
                            return user.id
                        } catch {
                            #expect((error as? IdentityError)?.code == .conflict)
                            return nil
                        }
                    }
                }
                return await group.reduce(into: [String]()) { ids, id in if let id { ids.append(id) } }
            }
            #expect(made.count == 1)
            #expect(try await suite.store.account(email: "ada@example.org")?.user.id == made.first)
        },
        ContractCase("lists are newest first, page by page") { suite async throws in
            var expected: [String] = []
            for second in 0..<7 {
                let user = try await suite.insert(IdentitySamples.user("\(second)", at: start + .seconds(second / 2)))
                expected.insert(user.id, at: 0)
            }
            var (seen, cursor): ([String], ListCursor?) = ([], nil)
            repeat {
                let page = try await suite.other.users(limit: 3, cursor: cursor)
                #expect(page.elements.count <= 3)
                seen += page.elements.map(\.id)
                cursor = page.next
                try await suite.insert(IdentitySamples.user("new\(seen.count)", at: start + .seconds(60)))
            } while cursor != nil
            #expect(seen == expected)
        },
        ContractCase("changes change what they name") { suite async throws in
            let before = try await suite.insert()
            let time = start + .seconds(5)
            var expected = before
            expected.updatedAt = time
            expected.role = .admin
            func change(_ id: String, _ changes: UserChanges) async throws -> User? {
                try await suite.store.update(id, changes, recording: [], at: time)
            }
            #expect(try await change(before.id, UserChanges(role: .admin)) == expected)
            expected.tier = Tier.premium
            #expect(try await change(before.id, UserChanges(tier: Tier.premium)) == expected)
            #expect(try await suite.other.user(before.id) == expected)
            #expect(try await change("user_nobody", UserChanges(role: .admin)) == nil)
        },
        ContractCase("changes and the lines that tell of them are one") { suite async throws in
            let user = try await suite.insert()
            let lines = ["a", "b"].map { name in
                AuditEntry(
                    id: "audit_" + name,
                    time: start,
                    actor: "console",
                    action: .tierChanged,
                    subject: user.id,
                    address: nil,
                    outcome: .succeeded
                )
            }
            let changes = UserChanges(tier: Tier.premium)
            #expect(try await suite.store.update("user_nobody", changes, recording: lines, at: start) == nil)
            #expect(try await suite.other.auditTrail(limit: 10, cursor: nil).elements.isEmpty)
            #expect(try await suite.store.update(user.id, changes, recording: lines, at: start)?.tier == Tier.premium)
            #expect(try await suite.other.auditTrail(limit: 10, cursor: nil).elements == lines.reversed())
            // The same line once more: neither it nor the change.
            await #expect(throws: IdentityError.self) {
                _ = try await suite.store.update(
                    user.id,
                    UserChanges(tier: Tier.enterprise),
                    recording: lines,
                    at: start
                )
            }
            #expect(try await suite.other.user(user.id)?.tier == Tier.premium)
        },
        ContractCase("a change of password, and disabling, end the sessions") { suite async throws in
            let user = try await suite.insert()
            #expect(try await suite.epoch(of: user, after: UserChanges(isDisabled: true)) == 1)
            #expect(try await suite.epoch(of: user, after: UserChanges(isDisabled: false)) == 1)
            #expect(try await suite.epoch(of: user, after: UserChanges(role: .admin)) == 1)
            let password = IdentitySamples.hash("C")
            #expect(try await suite.epoch(of: user, after: UserChanges(password: password)) == 2)
            #expect(try await suite.other.account(email: user.email)?.password == IdentitySamples.hash("C"))
        },
        ContractCase("a hash is upgraded only while it is the one that was checked") { suite async throws in
            let user = try await suite.insert()
            let (old, new) = (IdentitySamples.hash(), IdentitySamples.hash("D"))
            try await suite.store.upgradePassword(of: user.id, from: new, to: IdentitySamples.hash("E"))
            #expect(try await suite.other.account(email: user.email)?.password == old)
            try await suite.store.upgradePassword(of: user.id, from: old, to: new)
            let account = try #require(try await suite.other.account(email: user.email))
            #expect(account.password == new && account.user.sessionEpoch == 0)
        },
        ContractCase("erasing an account takes everything of it and nothing of others") { suite async throws in
            let (ada, eve) = (try await suite.insert(), try await suite.insert(IdentitySamples.user("eve")))
            for user in [ada, eve] {
                let key = IdentitySamples.key("of" + user.id, of: user)
                try await suite.store.insert(key, digest: IdentitySamples.digest(user.id), most: 9)
                try await suite.store.revokeToken("t" + user.id, of: user.id, until: start + .seconds(9))
                #expect(try await suite.store.charge(user.id, month: "2026-11", characters: 5, requests: 1, limit: nil))
                try await suite.store.append(IdentityStoreContract.entry(user.id, actor: user.id, subject: "x"))
                try await suite.store.append(IdentityStoreContract.entry("s" + user.id, actor: "y", subject: user.id))
            }
            let erased = AuditEntry(
                id: "erased",
                time: start,
                actor: "console",
                action: .userErased,
                subject: ada.id,
                address: nil,
                outcome: .succeeded
            )
            #expect(try await suite.store.erase(ada.id, recording: erased))
            #expect(try await suite.store.erase(ada.id, recording: erased) == false)
            #expect(try await suite.other.subjects(of: .userErased, since: start) == [ada.id])
            #expect(try await suite.other.subjects(of: .userErased, since: start + .microseconds(1)).isEmpty)
            #expect(try await suite.other.subjects(of: .userDisabled, since: start).isEmpty)
            #expect(try await suite.other.user(ada.id) == nil)
            #expect(try await suite.other.account(email: ada.email) == nil)
            #expect(try await suite.other.key(digest: IdentitySamples.digest(ada.id)) == nil)
            #expect(try await suite.other.isRevoked("t" + ada.id) == false)
            #expect(try await suite.other.usage(of: ada.id, month: "2026-11") == (0, 0))
            let trail = try await suite.other.auditTrail(limit: 9, cursor: nil).elements
            #expect(Set(trail.filter { $0.address == nil }.map(\.id)) == [ada.id, "s" + ada.id, erased.id])
            #expect(trail.count == 5)
            #expect(try await suite.other.user(eve.id) == eve)
            #expect(try await suite.other.key(digest: IdentitySamples.digest(eve.id))?.owner == eve)
            #expect(try await suite.other.isRevoked("t" + eve.id))
            #expect(try await suite.other.usage(of: eve.id, month: "2026-11") == (5, 1))
        },
    ]

    static func entry(
        _ id: String,
        actor: String? = nil,
        subject: String? = nil,
        at time: Timestamp = start
    ) -> AuditEntry {
        AuditEntry(
            id: id,
            time: time,
            actor: actor,
            action: .login,
            subject: subject,
            address: "192.0.2.7",
            outcome: .succeeded
        )
    }
}
