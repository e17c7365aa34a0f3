internal import Environment

/// Letting people in.
extension IdentityService {
    /// Whose credential that is: an access token or an API key.
    ///
    /// Cheap for a credential that was good within the last ten seconds: no database then.
    /// - Parameters:
    ///   - credential: what follows `Bearer `. Anything, of any size.
    ///   - address: where the request came from, for the audit trail.
    /// - Throws: `.unauthenticated` for whatever reason it is not good; `.unavailable` if that cannot be found out.
    package func authenticate(_ credential: String, from address: String) async throws -> Principal {
        if credential.hasPrefix(KeySecret.prefix) {
            guard let secret = KeySecret(credential) else { throw IdentityError.badCredentials() }
            return try await principal(ofKey: secret, address)
        }
        guard let tokens else { throw IdentityError.badCredentials() }
        let claims = try await tokens.verify(credential)
        return try await principal(ofToken: claims.jti, of: claims.sub, expires: claims.expires, epoch: claims.epoch)
    }

    /// Whom a token stands for that was found to be ours and within its time: by its id, its user, and the session epoch
    /// that it was issued in.
    func principal(ofToken id: String, of userID: String, expires: Timestamp, epoch: Int64) async throws -> Principal {
        let (now, ticket) = (environment.now(), cache.ticket)
        let cacheKey = Self.cacheKey(ofToken: id)
        if let entry = cache.entry(cacheKey, at: now) {
            guard entry.epoch == epoch, entry.principal.userID == userID else { throw IdentityError.badCredentials() }
            return entry.principal
        }
        guard let user = try await store.user(userID), !user.isDisabled, user.sessionEpoch == epoch,
            try await !store.isRevoked(id)
        else { throw IdentityError.badCredentials() }
        let principal = user.principal(.token(id: id, expires: expires))
        cache.insert(cacheKey, principal, epoch: epoch, expires: expires, at: now, ticket: ticket)
        return principal
    }

    static func cacheKey(ofToken id: String) -> String { "token " + id }

    private func principal(ofKey secret: KeySecret, _ address: String) async throws -> Principal {
        let (now, ticket, digest) = (environment.now(), cache.ticket, secret.digest)
        if let entry = cache.entry(digest, at: now) { return entry.principal }
        guard let (key, owner) = try await store.key(digest: digest), !owner.isDisabled,
            key.expiresAt.map({ now < $0 }) ?? true
        else { throw IdentityError.badCredentials() }
        let principal = owner.principal(.apiKey(id: key.id), scopes: key.scopes)
        await recordUse(of: key, at: now, address)
        cache.insert(digest, principal, epoch: owner.sessionEpoch, expires: key.expiresAt, at: now, ticket: ticket)
        return principal
    }

    /// Writes when the key was last used, and its first use on a day. Nobody is turned away because that cannot be
    /// recorded: the disk may be full.
    private func recordUse(of key: APIKey, at time: Timestamp, _ address: String) async {
        let isRecent = key.lastUsedAt.map { time - $0 < configuration.lastUseInterval && $0 <= time } ?? false
        guard !isRecent else { return }
        try? await store.recordUse(of: key.id, at: time, interval: configuration.lastUseInterval)
        guard key.lastUsedAt?.compactDay != time.compactDay else { return }
        try? await store.append(
            entry(.keyUsed, subject: key.id, actor: key.userID, address: address, .succeeded)
        )
    }
}
