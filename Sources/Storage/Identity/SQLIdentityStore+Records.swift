package import Environment
package import Identity
internal import JobSystem

/// Revoked tokens, usage and the audit trail.
extension SQLIdentityStore {
    package func revokeToken(_ id: String, of userID: String, until expires: Timestamp) async throws {
        try await write { connection in
            guard try Self.exists(userID, connection) else { return }
            try connection.execute(
                """
                INSERT INTO revoked_tokens (id, user_id, expires_at) VALUES (\(id), \(userID), \(expires))
                ON CONFLICT (id) DO NOTHING
                """
            )
        }
    }

    package func isRevoked(_ id: String) async throws -> Bool {
        try await read { try !$0.query("SELECT 1 AS one FROM revoked_tokens WHERE id = \(id)").isEmpty }
    }

    package func pruneRevokedTokens(at time: Timestamp) async throws -> Int {
        try await write { try $0.execute("DELETE FROM revoked_tokens WHERE expires_at <= \(time)") }
    }

    // MARK: Usage

    package func charge(_ userID: String, month: String, characters: Int, requests: Int, limit: Int?) async throws
        -> Bool
    {
        // What one request can have is far below; the sum of a month then never overflows.
        guard (0...1 << 40).contains(characters), characters <= limit ?? .max else { return false }
        let room = limit.map { $0 - characters } ?? Int(Int64.max >> 1)
        let keepingRows = database.dialect.keepingRows
        // Requests of one user meet in one row, where they had better wait than be run again. The account is kept until
        // the end, so that nobody erases it in between.
        return try await write(.perStatement) { connection in
            let account: SQLStatement = "SELECT 1 AS one FROM users WHERE id = \(userID)\(keepingRows)"
            guard try userID == User.localID || !connection.query(account).isEmpty else {
                throw IdentityError.unknownUser(userID)
            }
            return try connection.execute(
                """
                INSERT INTO usage_by_month (user_id, month, characters, requests)
                VALUES (\(userID), \(month), \(characters), \(requests))
                ON CONFLICT (user_id, month) DO UPDATE
                SET characters = usage_by_month.characters + excluded.characters,
                    requests = usage_by_month.requests + excluded.requests
                WHERE usage_by_month.characters <= \(room)
                """
            ) == 1
        }
    }

    package func adjust(_ userID: String, month: String, characters: Int, requests: Int) async throws {
        // What a month can have is far below; a sum then never overflows.
        let most = 1 << 60
        let (characters, requests) = (min(max(characters, -most), most), min(max(requests, -most), most))
        let keepingRows = database.dialect.keepingRows
        try await write(.perStatement) { connection in
            let account: SQLStatement = "SELECT 1 AS one FROM users WHERE id = \(userID)\(keepingRows)"
            guard try userID == User.localID || !connection.query(account).isEmpty else {
                throw IdentityError.unknownUser(userID)
            }
            try connection.execute(
                """
                INSERT INTO usage_by_month (user_id, month, characters, requests)
                VALUES (\(userID), \(month), \(max(0, characters)), \(max(0, requests)))
                ON CONFLICT (user_id, month) DO UPDATE
                SET characters = CASE
                        WHEN usage_by_month.characters < \(-characters) THEN 0
                        WHEN usage_by_month.characters > \(most) THEN usage_by_month.characters
                        ELSE usage_by_month.characters + \(characters)
                    END,
                    requests = CASE
                        WHEN usage_by_month.requests < \(-requests) THEN 0
                        WHEN usage_by_month.requests > \(most) THEN usage_by_month.requests
                        ELSE usage_by_month.requests + \(requests)
                    END
                """
            )
        }
    }

    package func usage(of userID: String, month: String) async throws -> (characters: Int, requests: Int) {
        try await read { connection in
            let row = try connection.query(
                """
                SELECT characters, requests FROM usage_by_month WHERE user_id = \(userID) AND month = \(month)
                """
            ).first
            return try row.map { (try $0.count("characters"), try $0.count("requests")) } ?? (0, 0)
        }
    }

    // MARK: Audit

    package func append(_ entry: AuditEntry) async throws {
        _ = try await write { try $0.execute(Self.insertion(of: entry)) }
    }

    static func insertion(of entry: AuditEntry) -> SQLStatement {
        """
        INSERT INTO audit_trail (id, occurred_at, actor, action, subject, address, outcome)
        VALUES (
            \(entry.id), \(entry.time), \(entry.actor), \(entry.action), \(entry.subject),
            \(entry.address), \(entry.outcome)
        )
        """
    }

    package func auditTrail(limit: Int, cursor: ListCursor?) async throws -> ListPage<AuditEntry> {
        let size = Self.pageSize(limit)
        var statement: SQLStatement =
            "SELECT id, occurred_at, actor, action, subject, address, outcome FROM audit_trail"
        if let cursor { statement = statement + " WHERE (occurred_at, id) < (\(cursor.time), \(cursor.id))" }
        statement = statement + " ORDER BY occurred_at DESC, id DESC LIMIT \(size + 1)"
        return try await read { [statement] connection in
            Self.page(try connection.query(statement).map(Self.entry), size) { ListCursor(time: $0.time, id: $0.id) }
        }
    }

    package func subjects(of action: AuditAction, since time: Timestamp) async throws -> [String] {
        try await read { connection in
            try connection.query(
                """
                SELECT subject FROM audit_trail
                WHERE occurred_at >= \(time) AND action = \(action) AND outcome = \(AuditOutcome.succeeded)
                ORDER BY occurred_at DESC LIMIT 10000
                """
            ).compactMap { try $0.optionalText("subject") }
        }
    }

    package func pruneAudit(before time: Timestamp, limit: Int) async throws -> Int {
        try await write { connection in
            try connection.execute(
                """
                DELETE FROM audit_trail WHERE id IN (
                    SELECT id FROM audit_trail WHERE occurred_at < \(time) ORDER BY occurred_at LIMIT \(max(limit, 0))
                )
                """
            )
        }
    }

    private static func entry(_ row: SQLRow) throws -> AuditEntry {
        AuditEntry(
            id: try row.text("id"),
            time: try row.time("occurred_at"),
            actor: try row.optionalText("actor"),
            action: try row.choice("action"),
            subject: try row.optionalText("subject"),
            address: try row.optionalText("address"),
            outcome: try row.choice("outcome")
        )
    }
}
