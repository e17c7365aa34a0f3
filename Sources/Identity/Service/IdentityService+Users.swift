internal import Environment

/// What administrators do with accounts. What changes something throws `.forbidden` to an actor without the scope
/// `admin`; who may read is for the caller to decide.
extension IdentityService {
    /// Makes an account.
    /// - Throws: `.invalid`, `.conflict` for an e-mail address that has one, `.throttled`.
    package func addUser(
        email: String,
        password: String,
        role: Role = .user,
        tier: String = Tier.free,
        by actor: Actor
    ) async throws -> User {
        try actor.requireAdmin()
        let user = try await insert(email, password, role, tier)
        try await record(.userAdded, subject: user.id, by: actor)
        return user
    }

    /// A page of all accounts, newest first. `limit` is clamped to 1...200.
    package func users(limit: Int = 50, cursor: ListCursor? = nil) async throws -> ListPage<User> {
        try await store.users(limit: limit, cursor: cursor)
    }

    /// - Throws: `.notFound`.
    package func user(_ id: String) async throws -> User {
        guard let user = try await store.user(id) else { throw IdentityError.unknownUser(id) }
        return user
    }

    /// - Throws: `.notFound`, also for what is no e-mail address.
    package func user(email: String) async throws -> User {
        guard let name = try? EmailAddress.normalised(email), let account = try await store.account(email: name) else {
            throw IdentityError(.notFound, "There is no user '\(Shown.short(email))'.")
        }
        return account.user
    }

    /// Locks an account, which ends its sessions and stops its keys, or opens it again.
    /// - Throws: `.notFound`.
    @discardableResult
    package func setDisabled(_ isDisabled: Bool, of userID: String, by actor: Actor) async throws -> User {
        try await change(
            userID,
            UserChanges(isDisabled: isDisabled),
            isDisabled ? .userDisabled : .userEnabled,
            by: actor
        )
    }

    /// - Throws: `.notFound`, `.invalid` for an unknown tier.
    @discardableResult
    package func setTier(_ tier: String, of userID: String, by actor: Actor) async throws -> User {
        try configuration.tiers.check(tier)
        return try await change(userID, UserChanges(tier: tier), .tierChanged, by: actor)
    }

    /// - Throws: `.notFound`.
    @discardableResult
    package func setRole(_ role: Role, of userID: String, by actor: Actor) async throws -> User {
        try await change(userID, UserChanges(role: role), .roleChanged, by: actor)
    }

    /// Gives an account another password, which ends its sessions. Its keys stay good.
    /// - Throws: `.notFound`, `.invalid`, `.throttled`.
    @discardableResult
    package func setPassword(_ password: String, of userID: String, by actor: Actor) async throws -> User {
        try actor.requireAdmin()
        let hash = try await hasher.hash(try PasswordRules.normalised(password))
        return try await change(userID, UserChanges(password: hash), .passwordChanged, by: actor)
    }

    /// Erases an account with everything of it: what features keep (`IdentityConfiguration.erasures`), keys, sessions,
    /// usage. The audit trail keeps its id. If an erasure fails, the account stays, disabled, and this can be called
    /// again.
    /// - Throws: `.notFound`; what an erasure throws.
    package func erase(_ userID: String, by actor: Actor) async throws {
        _ = try await setDisabled(true, of: userID, by: actor)
        for erasure in configuration.erasures { try await erasure(userID) }
        guard try await store.erase(userID) else { throw IdentityError.unknownUser(userID) }
        forget(userID)
        // Nothing of theirs is kept, not even where they were when they erased themselves.
        let address = actor.id == userID ? nil : actor.address
        try await record(.userErased, subject: userID, actor: actor.id, address: address, .succeeded)
    }

    private func change(
        _ userID: String,
        _ changes: UserChanges,
        _ action: AuditAction,
        by actor: Actor
    ) async throws -> User {
        try actor.requireAdmin()
        guard let user = try await store.update(userID, changes, at: environment.now()) else {
            throw IdentityError.unknownUser(userID)
        }
        forget(userID)
        try await record(action, subject: userID, by: actor)
        return user
    }
}
