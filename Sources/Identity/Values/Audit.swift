package import Environment

/// What the audit trail records. The raw values are stored and seen by clients.
package enum AuditAction: String, Hashable, CaseIterable, Sendable {
    case login
    case logout
    case signUp = "sign_up"
    case userAdded = "user.added"
    case userDisabled = "user.disabled"
    case userEnabled = "user.enabled"
    case tierChanged = "user.tier_changed"
    case roleChanged = "user.role_changed"
    case passwordChanged = "user.password_changed"
    case userErased = "user.erased"
    case keyCreated = "key.created"
    case keyRevoked = "key.revoked"
    /// A key's first use on a day (UTC).
    case keyUsed = "key.used"
    /// A dead letter was tried again or thrown away, a model unloaded, and the like.
    case administration
}

/// How it ended.
package enum AuditOutcome: String, Hashable, CaseIterable, Sendable {
    case succeeded
    case refused
}

/// A line of the audit trail. Holds ids, never e-mail addresses, secrets or texts.
package struct AuditEntry: Hashable, Sendable, Identifiable {
    package let id: String
    package let time: Timestamp
    /// Id of the user who did it, or `console`; `nil` for somebody unknown.
    package let actor: String?
    package let action: AuditAction
    /// Id of the user, key or other thing it was done to; `nil` for an account that does not exist.
    package let subject: String?
    /// Where the request came from; forgotten when the actor or the subject is erased.
    package let address: String?
    package let outcome: AuditOutcome

    package init(
        id: String,
        time: Timestamp,
        actor: String?,
        action: AuditAction,
        subject: String?,
        address: String?,
        outcome: AuditOutcome
    ) {
        self.id = id
        self.time = time
        self.actor = actor
        self.action = action
        self.subject = subject
        self.address = address
        self.outcome = outcome
    }
}
