package import Environment

/// API keys. Whoever is no administrator deals with their own only.
extension IdentityService {
    /// Makes an API key. Its secret is in the answer and nowhere else.
    /// - Parameters:
    ///   - name: 1 to 100 characters.
    ///   - scopes: at least one; no more than the owner's role, and whoever makes the key, may.
    ///   - expiresAt: `nil`: good until it is revoked.
    /// - Throws: `.invalid`, `.forbidden`, `.notFound`, `.conflict` for too many keys.
    package func createKey(
        for userID: String,
        name: String,
        scopes: Set<Scope>,
        expiresAt: Timestamp? = nil,
        by actor: Actor
    ) async throws -> (secret: String, key: APIKey) {
        try actor.requireAccount(userID)
        try Self.checkName(name)
        let now = environment.now()
        if let expiresAt, expiresAt <= now {
            throw IdentityError(.invalid, "The key's expiry has passed, expected a time in the future or none.")
        }
        let owner = try await user(userID)
        guard !owner.isDisabled else { throw IdentityError(.forbidden, "The account is disabled.") }
        try Self.check(scopes, owner.role.scopes.intersection(actor.scopes))
        let secret = KeySecret(random: environment.random)
        let key = APIKey(
            id: IdentityID.new("key", environment),
            userID: userID,
            name: name,
            hint: secret.hint,
            scopes: scopes,
            createdAt: now,
            expiresAt: expiresAt
        )
        try await store.insert(key, digest: secret.digest, most: configuration.keysPerUser)
        try await record(.keyCreated, subject: key.id, by: actor)
        return (secret.text, key)
    }

    /// A user's keys, newest first.
    /// - Throws: `.notFound` for somebody else's.
    package func keys(of userID: String, by actor: Actor) async throws -> [APIKey] {
        try actor.requireAccount(userID)
        return try await store.keys(of: userID)
    }

    /// Ends a key at once.
    /// - Throws: `.notFound`.
    package func revokeKey(_ id: String, of userID: String, by actor: Actor) async throws {
        try actor.requireAccount(userID)
        guard try await store.revokeKey(id, of: userID) else {
            throw IdentityError(.notFound, "There is no key '\(Shown.short(id))'.")
        }
        cache.forget { $0 == .apiKey(id: id) }
        try await record(.keyRevoked, subject: id, by: actor)
    }

    private static func checkName(_ name: String) throws(IdentityError) {
        let isClean = name.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
        guard name.utf8.count <= 400, (1...100).contains(name.unicodeScalars.count), isClean else {
            throw IdentityError(
                .invalid,
                "The key's name is '\(Shown.short(name))', expected 1 to 100 characters without control characters."
            )
        }
    }

    private static func check(_ scopes: Set<Scope>, _ allowed: Set<Scope>) throws(IdentityError) {
        guard !scopes.isEmpty else {
            let names = Scope.allCases.map(\.rawValue).joined(separator: ", ")
            throw IdentityError(.invalid, "The key has no scopes, expected some of \(names).")
        }
        let excess = scopes.subtracting(allowed).map(\.rawValue).sorted()
        guard excess.isEmpty else {
            throw IdentityError(
                .forbidden,
                "The key would have the scopes '\(excess.joined(separator: " "))', which its maker or owner has not."
            )
        }
    }
}
