package import Environment
package import Identity
internal import JobSystem

extension SQLIdentityStore {
    private static let columns: SQLStatement = """
        api_keys.id, user_id, name, hint, scopes, api_keys.created_at, expires_at, last_used_at
        """

    package func insert(_ key: APIKey, digest: String, most: Int) async throws {
        let scopes = key.scopes.map(\.rawValue).sorted().joined(separator: " ")
        try await write { connection in
            // Locks the owner where several can write: two keys made at once are counted one by one.
            guard try connection.execute("UPDATE users SET id = id WHERE id = \(key.userID)") == 1 else {
                throw IdentityError.unknownUser(key.userID)
            }
            let rows = try connection.query("SELECT COUNT(*) AS n FROM api_keys WHERE user_id = \(key.userID)")
            guard try rows.first?.count("n") ?? 0 < most else {
                throw IdentityError(.conflict, "The account has \(most) keys, expected fewer; revoke one first.")
            }
            try connection.execute(
                """
                INSERT INTO api_keys (
                    id, user_id, digest, name, hint, scopes, created_at, expires_at, last_used_at
                ) VALUES (
                    \(key.id), \(key.userID), \(digest), \(key.name), \(key.hint), \(scopes),
                    \(key.createdAt), \(key.expiresAt), \(key.lastUsedAt)
                )
                """
            )
        }
    }

    package func key(digest: String) async throws -> (key: APIKey, owner: User)? {
        try await read { connection in
            try connection.query(
                """
                SELECT \(Self.columns), users.id AS owner_id, email AS owner_email, role AS owner_role,
                    tier AS owner_tier, is_disabled AS owner_is_disabled, session_epoch AS owner_session_epoch,
                    users.created_at AS owner_created_at, updated_at AS owner_updated_at
                FROM api_keys JOIN users ON users.id = user_id WHERE digest = \(digest)
                """
            ).first.map { (try Self.key($0), try Self.user($0, prefix: "owner_")) }
        }
    }

    package func keys(of userID: String) async throws -> [APIKey] {
        try await read { connection in
            try connection.query(
                """
                SELECT \(Self.columns) FROM api_keys WHERE user_id = \(userID)
                ORDER BY api_keys.created_at DESC, api_keys.id DESC LIMIT 10000
                """
            ).map(Self.key)
        }
    }

    package func recordUse(of id: String, at time: Timestamp, interval: Duration) async throws {
        let latest = time + .microseconds(-interval.wholeMicroseconds)
        _ = try await write { connection in
            try connection.execute(
                """
                UPDATE api_keys SET last_used_at = \(time)
                WHERE id = \(id) AND (last_used_at IS NULL OR last_used_at <= \(latest))
                """
            )
        }
    }

    package func revokeKey(_ id: String, of userID: String) async throws -> Bool {
        try await write { connection in
            try connection.execute("DELETE FROM api_keys WHERE id = \(id) AND user_id = \(userID)") == 1
        }
    }

    private static func key(_ row: SQLRow) throws -> APIKey {
        APIKey(
            id: try row.text("id"),
            userID: try row.text("user_id"),
            name: try row.text("name"),
            hint: try row.text("hint"),
            // A scope that this version does not know opens nothing.
            scopes: Set(try row.text("scopes").split(separator: " ").compactMap { Scope(rawValue: String($0)) }),
            createdAt: try row.time("created_at"),
            expiresAt: try row.optionalTime("expires_at"),
            lastUsedAt: try row.optionalTime("last_used_at")
        )
    }
}
