package import Environment

/// An API key, without its secret.
package struct APIKey: Hashable, Sendable, Identifiable {
    /// `key_` and 16 characters of Crockford's base 32 in lower case.
    package let id: String
    package let userID: String
    /// What its owner calls it.
    package let name: String
    /// The secret's first characters, by which its owner recognises it.
    package let hint: String
    /// What it opens, as long as its owner's role may.
    package let scopes: Set<Scope>
    package let createdAt: Timestamp
    /// Not good from then on; `nil`: good until it is revoked.
    package let expiresAt: Timestamp?
    /// Written at most once a minute.
    package var lastUsedAt: Timestamp?

    package init(
        id: String,
        userID: String,
        name: String,
        hint: String,
        scopes: Set<Scope>,
        createdAt: Timestamp,
        expiresAt: Timestamp?,
        lastUsedAt: Timestamp? = nil
    ) {
        self.id = id
        self.userID = userID
        self.name = name
        self.hint = hint
        self.scopes = scopes
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.lastUsedAt = lastUsedAt
    }
}
