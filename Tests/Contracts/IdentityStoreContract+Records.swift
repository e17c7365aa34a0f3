internal import Environment
internal import Identity
internal import Testing

extension IdentityStoreContract {
    static let records: [ContractCase<IdentityStoreContract>] = [
        ContractCase("a revoked token stays so until it has expired") { suite async throws in
            let user = try await suite.insert()
            for _ in 0..<2 { try await suite.store.revokeToken("t", of: user.id, until: start + .seconds(10)) }
            try await suite.store.revokeToken("late", of: user.id, until: start + .seconds(99))
            try await suite.store.revokeToken("x", of: "user_nobody", until: start + .seconds(99))
            #expect(try await suite.other.isRevoked("t"))
            #expect(try await suite.other.isRevoked("' OR 1=1 --") == false)
            #expect(try await suite.store.pruneRevokedTokens(at: start + .seconds(9)) == 0)
            #expect(try await suite.store.pruneRevokedTokens(at: start + .seconds(10)) == 1)
            #expect(try await suite.other.isRevoked("t") == false)
            #expect(try await suite.other.isRevoked("late"))
        },
        ContractCase("charges add up to the limit exactly, and not beyond") { suite async throws in
            let user = try await suite.insert()
            let accepted = try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<40 {
                    let store = number % 2 == 0 ? suite.store : suite.other
                    group.addTask {
                        try await store.charge(user.id, month: "2026-11", characters: 10, requests: 1, limit: 250)
                    }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(accepted == 25)
            #expect(try await suite.other.usage(of: user.id, month: "2026-11") == (250, 25))
            #expect(
                try await suite.store.charge(user.id, month: "2026-11", characters: 1, requests: 1, limit: 250) == false
            )
            #expect(try await suite.store.charge(user.id, month: "2026-11", characters: 0, requests: 1, limit: 250))
            #expect(try await suite.store.charge(user.id, month: "2026-12", characters: 1, requests: 1, limit: 250))
        },
        ContractCase("what is taken off again leaves nothing less than nothing") { suite async throws in
            let user = try await suite.insert()
            func adjust(_ characters: Int, _ requests: Int) async throws -> [Int] {
                try await suite.store.adjust(user.id, month: "2026-11", characters: characters, requests: requests)
                let usage = try await suite.other.usage(of: user.id, month: "2026-11")
                return [usage.characters, usage.requests]
            }
            #expect(try await adjust(-5, -1) == [0, 0])
            #expect(try await adjust(10, 2) == [10, 2])
            #expect(try await adjust(-4, -1) == [6, 1])
            #expect(try await adjust(-7, 3) == [0, 4])
            for _ in 0..<20 { _ = try await adjust(.max, 0) }
            #expect(try await adjust(.min, .min) == [try await adjust(0, 0)[0], 0])
            await #expect(throws: IdentityError.self) {
                try await suite.store.adjust("user_nobody", month: "2026-11", characters: 1, requests: 1)
            }
        },
        ContractCase("a first charge beyond the limit is refused") { suite async throws in
            let user = try await suite.insert()
            #expect(
                try await suite.store.charge(user.id, month: "2026-11", characters: 11, requests: 1, limit: 10) == false
            )
            #expect(
                try await suite.store.charge(user.id, month: "2026-11", characters: .max, requests: 1, limit: nil)
                    == false
            )
            #expect(try await suite.other.usage(of: user.id, month: "2026-11") == (0, 0))
        },
        ContractCase("local mode is charged without an account, nobody else is") { suite async throws in
            #expect(
                try await suite.store.charge(User.localID, month: "2026-11", characters: 3, requests: 1, limit: nil)
            )
            #expect(try await suite.other.usage(of: User.localID, month: "2026-11") == (3, 1))
            let error = await #expect(throws: IdentityError.self) {
                _ = try await suite.store.charge(
                    "user_nobody",
                    month: "2026-11",
                    characters: 3,
                    requests: 1,
                    limit: nil
                )
            }
            #expect(error?.code == .notFound)
        },
        ContractCase("the audit trail is read newest first, page by page, and forgets what is old") {
            suite async throws in
            for second in 0..<5 {
                let entry = entry("\(second)", actor: "a'; --", subject: "\u{FEFF}s", at: start + .seconds(second))
                try await suite.store.append(entry)
            }
            let first = try await suite.other.auditTrail(limit: 3, cursor: nil)
            let second = try await suite.other.auditTrail(limit: 3, cursor: first.next)
            #expect((first.elements + second.elements).map(\.id) == ["4", "3", "2", "1", "0"])
            #expect(second.next == nil)
            #expect(first.elements.first == entry("4", actor: "a'; --", subject: "\u{FEFF}s", at: start + .seconds(4)))
            #expect(try await suite.store.pruneAudit(before: start + .seconds(3), limit: 2) == 2)
            #expect(try await suite.store.pruneAudit(before: start + .seconds(3), limit: 2) == 1)
            #expect(try await suite.other.auditTrail(limit: 9, cursor: nil).elements.map(\.id) == ["4", "3"])
        },
        ContractCase("a value with U+0000 is refused and leaves nothing") { suite async throws in
            let error = await #expect(throws: IdentityError.self) {
                try await suite.insert(IdentitySamples.user("x", email: "a\0b@example.org"))
            }
            #expect(error?.code == .invalid)
            #expect(try await suite.other.hasUsers() == false)
        },
    ]
}
