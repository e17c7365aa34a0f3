package import Environment
package import Identity
internal import JobSystem

extension SQLIdentityStore {
    private static let columns: SQLStatement = """
        id, email, role, tier, is_disabled, session_epoch, created_at, updated_at
        """

    package func insert(_ user: User, password: PasswordHash) async throws {
        try await write { connection in
            let inserted = try connection.execute(
                """
                INSERT INTO users (
                    id, email, password_hash, role, tier, is_disabled, session_epoch, created_at, updated_at
                ) VALUES (
                    \(user.id), \(user.email), \(password), \(user.role), \(user.tier), \(user.isDisabled),
                    \(user.sessionEpoch), \(user.createdAt), \(user.updatedAt)
                )
                ON CONFLICT (email) DO NOTHING
                """
            )
            guard inserted == 1 else {
                throw IdentityError(.conflict, "There is an account of that e-mail address already.")
            }
        }
    }

    package func hasUsers() async throws -> Bool {
        try await read { try !$0.query("SELECT 1 AS one FROM users LIMIT 1").isEmpty }
    }

    package func user(_ id: String) async throws -> User? {
        try await read { connection in
            try connection.query("SELECT \(Self.columns) FROM users WHERE id = \(id)").first
                .map { try Self.user($0) }
        }
    }

    package func account(email: String) async throws -> (user: User, password: PasswordHash?)? {
        try await read { connection in
            try connection.query("SELECT \(Self.columns), password_hash FROM users WHERE email = \(email)").first
                .map { (try Self.user($0), PasswordHash(text: try $0.text("password_hash"))) }
        }
    }

    package func users(limit: Int, cursor: ListCursor?) async throws -> ListPage<User> {
        let size = Self.pageSize(limit)
        var statement: SQLStatement = "SELECT \(Self.columns) FROM users"
        if let cursor { statement = statement + " WHERE (created_at, id) < (\(cursor.time), \(cursor.id))" }
        statement = statement + " ORDER BY created_at DESC, id DESC LIMIT \(size + 1)"
        return try await read { [statement] connection in
            Self.page(try connection.query(statement).map { try Self.user($0) }, size) {
                ListCursor(time: $0.createdAt, id: $0.id)
            }
        }
    }

    package func update(
        _ id: String,
        _ changes: UserChanges,
        recording entries: [AuditEntry],
        at time: Timestamp
    ) async throws -> User? {
        var assignments: SQLStatement = "updated_at = \(time)"
        if let role = changes.role { assignments = assignments + ", role = \(role)" }
        if let tier = changes.tier { assignments = assignments + ", tier = \(tier)" }
        if let isDisabled = changes.isDisabled { assignments = assignments + ", is_disabled = \(isDisabled)" }
        if let password = changes.password { assignments = assignments + ", password_hash = \(password)" }
        if changes.endsSessions { assignments = assignments + ", session_epoch = session_epoch + 1" }
        return try await write { [assignments] connection in
            let rows = try connection.query(
                "UPDATE users SET \(assignments) WHERE id = \(id) RETURNING \(Self.columns)"
            )
            guard let row = rows.first else { return nil }
            for entry in entries { try connection.execute(Self.insertion(of: entry)) }
            return try Self.user(row)
        }
    }

    package func upgradePassword(of id: String, from old: PasswordHash, to new: PasswordHash) async throws {
        _ = try await write { connection in
            try connection.execute(
                "UPDATE users SET password_hash = \(new) WHERE id = \(id) AND password_hash = \(old)"
            )
        }
    }

    package func erase(_ id: String, recording entry: AuditEntry) async throws -> Bool {
        try await write(.perStatement) { connection in
            // The account first: from then on nothing new is recorded for it, and what was is seen by what follows.
            let erased = try connection.execute("DELETE FROM users WHERE id = \(id)")
            try connection.execute("DELETE FROM usage_by_month WHERE user_id = \(id)")
            // Two statements, so that each finds its rows by the index; a key is a subject too.
            try connection.execute("UPDATE audit_trail SET address = NULL WHERE address IS NOT NULL AND actor = \(id)")
            try connection.execute(
                "UPDATE audit_trail SET address = NULL WHERE address IS NOT NULL AND subject = \(id)"
            )
            guard erased == 1 else { return false }
            try connection.execute(Self.insertion(of: entry))
            return true
        }
    }

    /// - Parameter prefix: of the columns' names, where a result holds more than a user.
    static func user(_ row: SQLRow, prefix: String = "") throws -> User {
        User(
            id: try row.text(prefix + "id"),
            email: try row.text(prefix + "email"),
            role: try row.choice(prefix + "role"),
            tier: try row.text(prefix + "tier"),
            isDisabled: try row.integer(prefix + "is_disabled") != 0,
            sessionEpoch: try row.integer(prefix + "session_epoch"),
            createdAt: try row.time(prefix + "created_at"),
            updatedAt: try row.time(prefix + "updated_at")
        )
    }
}
