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
        try await change(userID, UserChanges(isDisabled: isDisabled), by: actor)
    }

    /// - Throws: `.notFound`, `.invalid` for an unknown tier.
    @discardableResult
    package func setTier(_ tier: String, of userID: String, by actor: Actor) async throws -> User {
        try await change(userID, UserChanges(tier: tier), by: actor)
    }

    /// - Throws: `.notFound`.
    @discardableResult
    package func setRole(_ role: Role, of userID: String, by actor: Actor) async throws -> User {
        try await change(userID, UserChanges(role: role), by: actor)
    }

    /// Gives an account another password, which ends its sessions. Its keys stay good.
    /// - Throws: `.notFound`, `.invalid`, `.throttled`.
    @discardableResult
    package func setPassword(_ password: String, of userID: String, by actor: Actor) async throws -> User {
        try actor.requireAdmin()
        return try await change(userID, UserChanges(password: try await hash(password)), by: actor)
    }

    /// A hash of a password that is to be somebody's, for `change`.
    /// - Throws: `.invalid`, `.throttled`.
    package func hash(_ password: String) async throws -> PasswordHash {
        try await hasher.hash(try PasswordRules.normalised(password))
    }

    /// Changes all that is named of an account at once, or nothing; each change has its line in the audit trail.
    /// - Throws: `.notFound`, `.invalid` for an unknown tier.
    @discardableResult
    package func change(_ userID: String, _ changes: UserChanges, by actor: Actor) async throws -> User {
        try actor.requireAdmin()
        guard !changes.isEmpty else { return try await user(userID) }
        if let tier = changes.tier { try configuration.tiers.check(tier) }
        let entries = actions(of: changes).map {
            entry($0, subject: userID, actor: actor.id, address: actor.address, .succeeded)
        }
        guard let user = try await store.update(userID, changes, recording: entries, at: environment.now()) else {
            throw IdentityError.unknownUser(userID)
        }
        forget(userID)
        return user
    }

    private func actions(of changes: UserChanges) -> [AuditAction] {
        var actions: [AuditAction] = []
        if changes.tier != nil { actions.append(.tierChanged) }
        if changes.role != nil { actions.append(.roleChanged) }
        if changes.password != nil { actions.append(.passwordChanged) }
        if let isDisabled = changes.isDisabled { actions.append(isDisabled ? .userDisabled : .userEnabled) }
        return actions
    }
}
