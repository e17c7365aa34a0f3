internal import Environment

/// Letting in those who cannot show their credential, by a ticket that they got for it.
extension IdentityService {
    /// A ticket for whoever shows that credential: good once, for 30 seconds, at every process with the same secret.
    /// - Throws: `.unauthenticated` for a credential that ended meanwhile, or is a ticket itself; `.unavailable`.
    package func issueTicket(for principal: Principal) async throws -> Ticket {
        let claims = TicketClaims(
            id: IdentityID.digits(26, environment.random),
            userID: principal.userID,
            source: try await source(of: principal),
            expires: environment.now() + TicketSigner.lifetime
        )
        return Ticket(secret: try signer.text(of: claims), expiresIn: TicketSigner.lifetime)
    }

    /// Whom a ticket stands for. It is used up.
    ///
    /// The account and the credential behind it are looked at as they are now: what was disabled, revoked or changed
    /// counts as it does for the credential itself.
    /// - Throws: `.unauthenticated` for whatever reason the ticket is not good; `.unavailable` or `.storageFull` if that
    ///   cannot be found out.
    package func redeem(ticket: String) async throws -> Principal {
        let now = environment.now()
        guard let claims = signer.claims(of: ticket, at: now) else { throw IdentityError.badCredentials() }
        var principal = try await self.principal(of: claims, at: now)
        let forgottenAt = claims.expires + TicketSigner.leeway
        // The local user has no account that a shared ledger could keep entries of; nor are there several processes.
        let ledger = claims.userID == User.localID ? localTickets : tickets
        guard try await ledger.use(claims.id, of: claims.userID, until: forgottenAt, at: now) else {
            throw IdentityError.badCredentials()
        }
        principal.credential = .ticket
        return principal
    }

    private func source(of principal: Principal) async throws -> TicketClaims.Source {
        switch principal.credential {
        case .local: return .local
        case .apiKey(let id): return .apiKey(id: id)
        case .ticket: throw IdentityError.badCredentials()
        case .token(let id, let expires):
            return .token(id: id, expires: expires, epoch: try await epoch(ofToken: id, principal))
        }
    }

    /// The session epoch of a token that has just been accepted.
    private func epoch(ofToken id: String, _ principal: Principal) async throws -> Int64 {
        if let entry = cache.entry(Self.cacheKey(ofToken: id), at: environment.now()) { return entry.epoch }
        guard let user = try await store.user(principal.userID) else { throw IdentityError.badCredentials() }
        return user.sessionEpoch
    }

    private func principal(of claims: TicketClaims, at time: Timestamp) async throws -> Principal {
        switch claims.source {
        case .local:
            // With the first account everybody needs one.
            guard claims.userID == User.localID, try await !store.hasUsers() else {
                throw IdentityError.badCredentials()
            }
            return .local
        case .token(let id, let expires, let epoch):
            guard time < expires else { throw IdentityError.badCredentials() }
            return try await principal(ofToken: id, of: claims.userID, expires: expires, epoch: epoch)
        case .apiKey(let id):
            guard let owner = try await store.user(claims.userID), !owner.isDisabled,
                let key = try await store.keys(of: owner.id).first(where: { $0.id == id }),
                key.expiresAt.map({ time < $0 }) ?? true
            else { throw IdentityError.badCredentials() }
            return owner.principal(.apiKey(id: id), scopes: key.scopes)
        }
    }
}
