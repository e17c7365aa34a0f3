internal import Environment
internal import Identity
internal import Testing

extension IdentityStoreContract {
    static let keys: [ContractCase<IdentityStoreContract>] = [
        ContractCase("a key is found by its digest, with its owner") { suite async throws in
            let user = try await suite.insert()
            for (number, text) in JobStoreContract.hostileTexts.enumerated() {
                let key = APIKey(
                    id: "key_\(number)",
                    userID: user.id,
                    name: String(text.prefix(100)),
                    hint: "dgm_abcd",
                    scopes: number % 2 == 0 ? Set(Scope.allCases) : [.notes],
                    createdAt: start,
                    expiresAt: number % 3 == 0 ? nil : start + .seconds(number)
                )
                let digest = IdentitySamples.digest("\(number)x")
                try await suite.store.insert(key, digest: digest, most: 99)
                let found = try #require(try await suite.other.key(digest: digest))
                #expect(found.key == key && found.owner == user)
                #expect(try await suite.other.key(digest: text) == nil)
            }
        },
        ContractCase("keys are listed newest first, and nobody else's") { suite async throws in
            let (ada, eve) = (try await suite.insert(), try await suite.insert(IdentitySamples.user("eve")))
            for second in 0..<3 {
                let time = start + .seconds(second)
                let key = IdentitySamples.key("\(second)", of: ada, at: time)
                try await suite.store.insert(key, digest: IdentitySamples.digest("a\(second)"), most: 9)
            }
            try await suite.store.insert(
                IdentitySamples.key("e", of: eve),
                digest: IdentitySamples.digest("e"),
                most: 9
            )
            #expect(try await suite.other.keys(of: ada.id).map(\.id) == ["key_2", "key_1", "key_0"])
            #expect(try await suite.other.keys(of: "user_nobody").isEmpty)
        },
        ContractCase("of keys made at once, no more than allowed are") { suite async throws in
            let user = try await suite.insert()
            let made = await withTaskGroup(of: Bool.self) { group in
                for number in 0..<20 {
                    let store = number % 2 == 0 ? suite.store : suite.other
                    group.addTask {
                        do {
                            let key = IdentitySamples.key("\(number)", of: user)
                            try await store.insert(key, digest: IdentitySamples.digest("\(number)x"), most: 7)
                            return true
                        } catch {
                            #expect((error as? IdentityError)?.code == .conflict)
                            return false
                        }
                    }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(made == 7)
            #expect(try await suite.other.keys(of: user.id).count == 7)
        },
        ContractCase("a key needs an owner") { suite async throws in
            let error = await #expect(throws: IdentityError.self) {
                let key = IdentitySamples.key(of: IdentitySamples.user("nobody"))
                try await suite.store.insert(key, digest: IdentitySamples.digest("x"), most: 9)
            }
            #expect(error?.code == .notFound)
        },
        ContractCase("a key's use is recorded once an interval") { suite async throws in
            let user = try await suite.insert()
            let (key, digest) = (IdentitySamples.key(of: user), IdentitySamples.digest("x"))
            try await suite.store.insert(key, digest: digest, most: 9)
            for (seconds, expected) in [(0, 0), (59, 0), (60, 60), (61, 60), (500, 500)] {
                let time = start + .seconds(seconds)
                try await suite.store.recordUse(of: key.id, at: time, interval: .seconds(60))
                let used = try await suite.other.key(digest: digest)?.key.lastUsedAt
                #expect(used == start + .seconds(expected))
            }
        },
        ContractCase("a key is revoked by its owner only") { suite async throws in
            let user = try await suite.insert()
            let (key, digest) = (IdentitySamples.key(of: user), IdentitySamples.digest("x"))
            try await suite.store.insert(key, digest: digest, most: 9)
            #expect(try await suite.store.revokeKey(key.id, of: "user_eve") == false)
            #expect(try await suite.other.key(digest: digest) != nil)
            #expect(try await suite.store.revokeKey(key.id, of: user.id))
            #expect(try await suite.other.key(digest: digest) == nil)
            #expect(try await suite.store.revokeKey(key.id, of: user.id) == false)
        },
    ]
}
