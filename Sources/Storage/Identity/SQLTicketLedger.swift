package import Environment
package import Identity

/// Used tickets in SQL, for processes that share a database.
///
/// A ticket that was used is a credential that was given up before its time: its entry lies among the revoked tokens,
/// under a name that no token has, and leaves with those that have expired (`pruneRevokedTokens`), or with its user.
package struct SQLTicketLedger: TicketLedger {
    private let store: SQLIdentityStore

    /// - Parameter database: migrated to the present `Schema`.
    package init(_ database: any Database) { store = SQLIdentityStore(database) }

    package func use(_ id: String, of userID: String, until expires: Timestamp, at time: Timestamp) async throws
        -> Bool
    {
        // The unique key decides between those who come at once.
        try await store.write(.perStatement) { connection in
            try connection.execute(
                """
                INSERT INTO revoked_tokens (id, user_id, expires_at) VALUES (\("ticket " + id), \(userID), \(expires))
                ON CONFLICT (id) DO NOTHING
                """
            ) == 1
        }
    }
}
