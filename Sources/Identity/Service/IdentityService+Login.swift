internal import Environment

/// A token that was just issued.
package struct IssuedToken: Hashable, Sendable {
    package let accessToken: String
    package let expiresIn: Duration
    /// Whom it stands for.
    package let principal: Principal
}

/// Signing in, out and up.
extension IdentityService {
    /// Signs in with e-mail address and password.
    ///
    /// An unknown account, a wrong password and a disabled account give the same answer after the same time. Attempts
    /// are throttled per account and per address, and what cannot be recorded in the audit trail does not happen.
    /// - Throws: `.unauthenticated`, `.throttled`, `.storageFull`, `.unavailable`.
    package func login(email: String, password: String, from address: String) async throws -> IssuedToken {
        guard let tokens else {
            throw IdentityError(.unavailable, "Signing in is not set up on this server, expected a SECRET_KEY.")
        }
        let name = try? EmailAddress.normalised(email)
        let throttled = name ?? "?"
        try begin(account: throttled, address)
        let account =
            if let name { try await store.account(email: name) } else { (user: User, password: PasswordHash?)?.none }
        let candidate = try? PasswordRules.normalised(password)
        let matches = try await hasher.matches(candidate, account?.password)
        guard matches, let account, let candidate, !account.user.isDisabled else {
            try await record(.login, subject: account?.user.id, actor: nil, address: address, .refused)
            throw IdentityError(.unauthenticated, "The e-mail address or the password is wrong.")
        }
        throttle.succeeded(account: throttled, address: address)
        try await record(.login, subject: account.user.id, actor: account.user.id, address: address, .succeeded)
        await upgrade(account.password, of: account.user, candidate)
        let (text, claims) = try await tokens.issue(for: account.user)
        return IssuedToken(
            accessToken: text,
            expiresIn: tokens.lifetime,
            principal: account.user.principal(.token(id: claims.jti, expires: claims.expires))
        )
    }

    /// Ends a session: its token is good no more. Without effect for other credentials.
    package func logout(_ principal: Principal, from address: String? = nil) async throws {
        guard case .token(let id, let expires) = principal.credential else { return }
        try await store.revokeToken(id, of: principal.userID, until: expires)
        cache.forget { $0 == principal.credential }
        try await record(.logout, subject: principal.userID, actor: principal.userID, address: address, .succeeded)
    }

    /// Makes an account for whoever asks, where the configuration allows it.
    /// - Throws: `.forbidden`, `.invalid`, `.conflict`, `.throttled`, `.unavailable`.
    package func signUp(email: String, password: String, from address: String) async throws -> User {
        guard configuration.allowsSignUp else {
            throw IdentityError(
                .forbidden,
                "This server does not let people sign up; ask whoever runs it for an account."
            )
        }
        try begin(account: nil, address)
        let user = try await insert(email, password, .user, configuration.signUpTier)
        try await record(.signUp, subject: user.id, actor: user.id, address: address, .succeeded)
        return user
    }

    private func begin(account: String?, _ address: String) throws(IdentityError) {
        guard let wait = throttle.begin(account: account, address: address, at: environment.now()) else { return }
        throw IdentityError(.throttled, "Too many attempts. Try again later.", retryAfter: wait)
    }

    /// Hashes the password anew if what is stored is cheaper than new hashes are. It can wait until next time.
    private func upgrade(_ stored: PasswordHash?, of user: User, _ password: [UInt8]) async {
        guard let stored, stored.cost != hasher.cost, let hash = try? await hasher.hash(password) else { return }
        try? await store.upgradePassword(of: user.id, from: stored, to: hash)
    }

    /// Makes an account, checked.
    func insert(_ email: String, _ password: String, _ role: Role, _ tier: String) async throws -> User {
        let email = try EmailAddress.normalised(email)
        let password = try PasswordRules.normalised(password)
        try configuration.tiers.check(tier)
        let hash = try await hasher.hash(password)
        let now = environment.now()
        let id = IdentityID.new("user", environment)
        let user = User(id: id, email: email, role: role, tier: tier, createdAt: now, updatedAt: now)
        try await store.insert(user, password: hash)
        return user
    }
}
