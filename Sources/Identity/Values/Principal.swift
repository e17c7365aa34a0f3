package import Environment

/// What somebody showed in order to be let in.
package enum Credential: Hashable, Sendable {
    /// Nothing: local mode.
    case local
    /// An access token. `id` is its `jti`, by which it is revoked.
    case token(id: String, expires: Timestamp)
    case apiKey(id: String)
    /// A single-use ticket; the credential it was issued for is not known any more.
    case ticket
}

/// Who makes a request, and what they may do.
package struct Principal: Hashable, Sendable {
    package var userID: String
    /// `nil` in local mode.
    package var email: String?
    package var role: Role
    /// Name of the tier.
    package var tier: String
    /// What this credential opens: never more than the role may.
    package var scopes: Set<Scope>
    package var credential: Credential

    package init(
        userID: String,
        email: String?,
        role: Role,
        tier: String,
        scopes: Set<Scope>,
        credential: Credential
    ) {
        self.userID = userID
        self.email = email
        self.role = role
        self.tier = tier
        self.scopes = scopes
        self.credential = credential
    }

    /// Whoever sits at the machine, in local mode.
    package static let local = Principal(
        userID: User.localID,
        email: nil,
        role: .admin,
        tier: Tier.standard,
        scopes: Set(Scope.allCases),
        credential: .local
    )

    /// - Throws: `.forbidden` unless the credential opens that part.
    package func require(_ scope: Scope) throws(IdentityError) {
        guard scopes.contains(scope) else {
            throw IdentityError(
                .forbidden,
                "This credential does not have the scope '\(scope.rawValue)'; expected one that has it."
            )
        }
    }
}

/// Who does something that the audit trail records.
package struct Actor: Hashable, Sendable {
    /// The user's id, or `console`.
    package var id: String
    /// Where the request came from.
    package var address: String?
    /// What the actor may do, and hand on to the keys they make.
    package var scopes: Set<Scope>

    package init(_ principal: Principal, from address: String?) {
        id = principal.userID
        self.address = address
        scopes = principal.scopes
    }

    private init(id: String, scopes: Set<Scope>) {
        self.id = id
        self.scopes = scopes
    }

    /// Somebody who may use the command line on the machine, and with it the database file.
    package static let console = Actor(id: "console", scopes: Set(Scope.allCases))

    /// - Throws: `.forbidden` without the scope `admin`.
    func requireAdmin() throws(IdentityError) {
        guard scopes.contains(.admin) else {
            throw IdentityError(.forbidden, "This needs the scope 'admin'.")
        }
    }

    /// - Throws: `.notFound` for somebody else's account, as if it did not exist, unless the actor is an administrator;
    ///   `.forbidden` without the scope `account`.
    func requireAccount(_ userID: String) throws(IdentityError) {
        if scopes.contains(.admin) { return }
        guard id == userID else { throw .unknownUser(userID) }
        guard scopes.contains(.account) else {
            throw IdentityError(.forbidden, "This needs the scope 'account'.")
        }
    }
}
