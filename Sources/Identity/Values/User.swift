package import Environment

/// An account, without its password.
package struct User: Hashable, Sendable, Identifiable {
    /// The id of whoever works in local mode; no account has it.
    package static let localID = "local"

    /// `user_` and 16 characters of Crockford's base 32 in lower case.
    package let id: String
    /// Normalised (`EmailAddress`); unique.
    package var email: String
    package var role: Role
    /// Name of the tier.
    package var tier: String
    package var isDisabled: Bool
    /// Rises when every session must end: tokens carry it, and are good only while it is the same.
    package var sessionEpoch: Int64
    package var createdAt: Timestamp
    package var updatedAt: Timestamp

    package init(
        id: String,
        email: String,
        role: Role,
        tier: String,
        isDisabled: Bool = false,
        sessionEpoch: Int64 = 0,
        createdAt: Timestamp,
        updatedAt: Timestamp
    ) {
        self.id = id
        self.email = email
        self.role = role
        self.tier = tier
        self.isDisabled = isDisabled
        self.sessionEpoch = sessionEpoch
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }

    /// The user, let in by that credential.
    func principal(_ credential: Credential, scopes: Set<Scope>? = nil) -> Principal {
        Principal(
            userID: id,
            email: email,
            role: role,
            tier: tier,
            scopes: scopes.map(role.scopes.intersection) ?? role.scopes,
            credential: credential
        )
    }
}
