internal import Environment

/// Who did what.
extension IdentityService {
    /// Records an act of administration of another feature.
    package func audit(
        _ action: AuditAction,
        subject: String?,
        by actor: Actor,
        outcome: AuditOutcome = .succeeded
    ) async throws {
        try await record(action, subject: subject, actor: actor.id, address: actor.address, outcome)
    }

    /// A page of the trail, newest first. `limit` is clamped to 1...200.
    package func auditTrail(limit: Int = 50, cursor: ListCursor? = nil) async throws -> ListPage<AuditEntry> {
        try await store.auditTrail(limit: limit, cursor: cursor)
    }

    func record(_ action: AuditAction, subject: String?, by actor: Actor) async throws {
        try await record(action, subject: subject, actor: actor.id, address: actor.address, .succeeded)
    }

    func record(
        _ action: AuditAction,
        subject: String?,
        actor: String?,
        address: String?,
        _ outcome: AuditOutcome
    ) async throws {
        try await store.append(entry(action, subject: subject, actor: actor, address: address, outcome))
    }

    func entry(
        _ action: AuditAction,
        subject: String?,
        actor: String?,
        address: String?,
        _ outcome: AuditOutcome
    ) -> AuditEntry {
        AuditEntry(
            id: IdentityID.new("audit", environment),
            time: environment.now(),
            actor: actor,
            action: action,
            // Both come from outside: bounded, and without the one character that no database keeps.
            subject: subject.map(Shown.short),
            address: address.map(Shown.short),
            outcome: outcome
        )
    }
}
