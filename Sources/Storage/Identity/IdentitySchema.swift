/// The tables of `SQLIdentityStore`.
enum IdentitySchema {
    static let version1: [SQLStatement] = [users, keys, revokedTokens, usage, audit] + indexes

    private static let users: SQLStatement = """
        CREATE TABLE users (
            id TEXT NOT NULL PRIMARY KEY,
            email TEXT NOT NULL UNIQUE,
            password_hash TEXT NOT NULL,
            role TEXT NOT NULL,
            tier TEXT NOT NULL,
            is_disabled BIGINT NOT NULL,
            session_epoch BIGINT NOT NULL,
            created_at BIGINT NOT NULL,
            updated_at BIGINT NOT NULL,
            CONSTRAINT known_role CHECK (role IN ('user', 'admin')),
            CONSTRAINT user_names_in_range CHECK (
                length(id) BETWEEN 1 AND 64 AND id <> 'local' AND length(email) BETWEEN 3 AND 254
                AND length(tier) BETWEEN 1 AND 64
            ),
            CONSTRAINT password_is_hashed CHECK (password_hash LIKE '$scrypt$%'),
            CONSTRAINT user_values_in_range CHECK (is_disabled IN (0, 1) AND session_epoch >= 0)
        )
        """

    /// Only the digest of a key's secret is kept.
    private static let keys: SQLStatement = """
        CREATE TABLE api_keys (
            id TEXT NOT NULL PRIMARY KEY,
            user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
            digest TEXT NOT NULL UNIQUE,
            name TEXT NOT NULL,
            hint TEXT NOT NULL,
            scopes TEXT NOT NULL,
            created_at BIGINT NOT NULL,
            expires_at BIGINT,
            last_used_at BIGINT,
            CONSTRAINT key_values_in_range CHECK (
                length(digest) = 64 AND length(name) BETWEEN 1 AND 100 AND length(hint) <= 16 AND scopes <> ''
            )
        )
        """

    private static let revokedTokens: SQLStatement = """
        CREATE TABLE revoked_tokens (
            id TEXT NOT NULL PRIMARY KEY,
            user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
            expires_at BIGINT NOT NULL
        )
        """

    /// Local mode has usage and no account, hence no reference.
    private static let usage: SQLStatement = """
        CREATE TABLE usage_by_month (
            user_id TEXT NOT NULL,
            month TEXT NOT NULL,
            characters BIGINT NOT NULL,
            requests BIGINT NOT NULL,
            PRIMARY KEY (user_id, month),
            CONSTRAINT usage_in_range CHECK (length(month) = 7 AND characters >= 0 AND requests >= 0)
        )
        """

    /// Outlives accounts, hence no reference.
    private static let audit: SQLStatement = """
        CREATE TABLE audit_trail (
            id TEXT NOT NULL PRIMARY KEY,
            occurred_at BIGINT NOT NULL,
            actor TEXT,
            action TEXT NOT NULL,
            subject TEXT,
            address TEXT,
            outcome TEXT NOT NULL
        )
        """

    private static let indexes: [SQLStatement] = [
        "CREATE INDEX users_by_age ON users (created_at, id)",
        "CREATE INDEX api_keys_of_user ON api_keys (user_id, created_at, id)",
        "CREATE INDEX revoked_tokens_expiry ON revoked_tokens (expires_at)",
        "CREATE INDEX revoked_tokens_of_user ON revoked_tokens (user_id)",
        "CREATE INDEX audit_trail_by_age ON audit_trail (occurred_at, id)",
        "CREATE INDEX audit_trail_addresses ON audit_trail (actor, subject) WHERE address IS NOT NULL",
    ]
}
