package import Environment

/// Everything about accounts that is kept.
///
/// Promises of every implementation, of each part:
/// - A method that returns has made its change durable; one that throws has changed nothing.
/// - Every method is atomic, and may be called from any task, thread or process that shares the store.
/// - Time is passed in; a store never looks at a clock. Lists are newest first, and what comes in while someone pages
///   does not shift later pages; limits are clamped to 1...200.
/// - Errors are `IdentityError`s: `.storageFull` and `.unavailable` beside those named below.
///
/// The `…StoreContract`s in the tests are this text as code.
package typealias IdentityStore = UserStore & APIKeyStore & RevokedTokenStore & UsageStore & AuditStore

/// Accounts.
package protocol UserStore: Sendable {
    /// - Throws: `.conflict` if an account has that e-mail address.
    func insert(_ user: User, password: PasswordHash) async throws

    func hasUsers() async throws -> Bool

    /// The record, or `nil` for an unknown id.
    func user(_ id: String) async throws -> User?

    /// The account of a normalised e-mail address, with its password's hash; `nil` for the hash if what is stored is
    /// none.
    func account(email: String) async throws -> (user: User, password: PasswordHash?)?

    func users(limit: Int, cursor: ListCursor?) async throws -> ListPage<User>

    /// Makes the changes, appends what says so to the audit trail, and returns the record; `nil` for an unknown id, of which
    /// nothing is said.
    func update(
        _ id: String,
        _ changes: UserChanges,
        recording entries: [AuditEntry],
        at time: Timestamp
    ) async throws -> User?

    /// Puts a hash of the same password in the place of a cheaper one, if that is still there. Ends no session.
    func upgradePassword(of id: String, from old: PasswordHash, to new: PasswordHash) async throws

    /// Removes the account with its keys, revoked tokens and usage, and appends what says so to the audit trail, which
    /// keeps the ids, and no address.
    /// - Returns: whether there was one; if not, nothing is said.
    func erase(_ id: String, recording entry: AuditEntry) async throws -> Bool
}

/// What to change of an account; `nil`: as it is. A change of password, and disabling, raise the session epoch.
package struct UserChanges: Hashable, Sendable {
    package var role: Role?
    package var tier: String?
    package var isDisabled: Bool?
    package var password: PasswordHash?

    package init(role: Role? = nil, tier: String? = nil, isDisabled: Bool? = nil, password: PasswordHash? = nil) {
        self.role = role
        self.tier = tier
        self.isDisabled = isDisabled
        self.password = password
    }

    package var isEmpty: Bool { self == UserChanges() }

    package var endsSessions: Bool { password != nil || isDisabled == true }
}

/// API keys, found by the digests of their secrets.
package protocol APIKeyStore: Sendable {
    /// - Throws: `.notFound` for an unknown owner; `.conflict` if the owner has `most` keys already.
    func insert(_ key: APIKey, digest: String, most: Int) async throws

    /// The key of a digest, with its owner; expired ones too.
    func key(digest: String) async throws -> (key: APIKey, owner: User)?

    /// All keys of a user, newest first.
    func keys(of userID: String) async throws -> [APIKey]

    /// Records that a key was used, unless that was recorded less than `interval` ago.
    func recordUse(of id: String, at time: Timestamp, interval: Duration) async throws

    /// Removes a key of that user.
    /// - Returns: whether there was one.
    func revokeKey(_ id: String, of userID: String) async throws -> Bool
}

/// Ids of tokens that were given up before their time.
package protocol RevokedTokenStore: Sendable {
    /// Twice does no harm. An unknown user's token needs no revoking.
    func revokeToken(_ id: String, of userID: String, until expires: Timestamp) async throws

    func isRevoked(_ id: String) async throws -> Bool

    /// Forgets tokens that have expired by themselves, and returns how many.
    func pruneRevokedTokens(at time: Timestamp) async throws -> Int
}

/// Characters used by month.
package protocol UsageStore: Sendable {
    /// Adds requests of so many characters together to a month, unless that would go beyond `limit`; never in part.
    /// - Returns: whether it was added.
    /// - Throws: `.notFound` for an unknown user (`User.localID` is known).
    func charge(_ userID: String, month: String, characters: Int, requests: Int, limit: Int?) async throws
        -> Bool

    /// Adds to a month without a limit, or, below zero, takes off again what was added, down to nothing.
    /// - Throws: `.notFound` for an unknown user (`User.localID` is known).
    func adjust(_ userID: String, month: String, characters: Int, requests: Int) async throws

    /// What was added to a month; zero for an unknown user.
    func usage(of userID: String, month: String) async throws -> (characters: Int, requests: Int)
}

/// Who did what.
package protocol AuditStore: Sendable {
    func append(_ entry: AuditEntry) async throws

    func auditTrail(limit: Int, cursor: ListCursor?) async throws -> ListPage<AuditEntry>

    /// The subjects of acts that succeeded since a time, the latest first; at most 10,000.
    func subjects(of action: AuditAction, since time: Timestamp) async throws -> [String]

    /// Forgets entries before `time`, at most `limit`, and returns how many.
    func pruneAudit(before time: Timestamp, limit: Int) async throws -> Int
}
