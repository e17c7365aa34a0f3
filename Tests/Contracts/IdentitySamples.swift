package import Environment
package import Identity

/// Accounts and keys for tests.
package enum IdentitySamples {
    /// A hash that costs next to nothing.
    package static let cost = ScryptCost(logRounds: 4, blockSize: 1, parallelism: 1)

    /// Some hash, in its stored form; different for each digit.
    package static func hash(_ digit: Character = "A") -> PasswordHash {
        let salt = String(repeating: "A", count: 22)
        let key = String(repeating: digit, count: 42) + "A"
        guard let hash = PasswordHash(text: "$scrypt$ln=4,r=1,p=1$\(salt)$\(key)") else {
            preconditionFailure("'\(digit)' is no digit of base 64.")
        }
        return hash
    }

    package static func user(
        _ name: String = "ada",
        email: String? = nil,
        role: Role = .user,
        tier: String = Tier.free,
        at time: Timestamp = ManualTime.start
    ) -> User {
        User(
            id: "user_" + name,
            email: email ?? name + "@example.org",
            role: role,
            tier: tier,
            createdAt: time,
            updatedAt: time
        )
    }

    package static func key(
        _ name: String = "k",
        of user: User,
        scopes: Set<Scope> = [.jobs, .translate],
        expiresAt: Timestamp? = nil,
        at time: Timestamp = ManualTime.start
    ) -> APIKey {
        APIKey(
            id: "key_" + name,
            userID: user.id,
            name: name,
            hint: "dgm_abcd",
            scopes: scopes,
            createdAt: time,
            expiresAt: expiresAt
        )
    }

    /// 64 characters that stand for a secret.
    package static func digest(_ name: String) -> String {
        String((name + String(repeating: "0", count: 64)).prefix(64))
    }
}
