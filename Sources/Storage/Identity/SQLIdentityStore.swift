package import Identity

/// Accounts in SQL, for every database behind the `Database` port.
package struct SQLIdentityStore: UserStore, APIKeyStore, RevokedTokenStore, UsageStore, AuditStore {
    let database: any Database

    /// - Parameter database: migrated to the present `Schema`.
    package init(_ database: any Database) { self.database = database }

    /// A write whose errors are `IdentityError`s.
    func write<T: Sendable>(
        _ isolation: TransactionIsolation = .serial,
        _ body: @escaping @Sendable (any SQLConnection) throws -> T
    ) async throws -> T {
        do {
            return try await database.write(isolation, body)
        } catch let error as StorageError {
            throw IdentityError(error)
        }
    }

    /// A read whose errors are `IdentityError`s.
    func read<T: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> T) async throws -> T {
        do {
            return try await database.read(body)
        } catch let error as StorageError {
            throw IdentityError(error)
        }
    }

    /// Cuts rows, one more than asked for if there are more, into a page.
    static func page<Element>(
        _ elements: [Element],
        _ limit: Int,
        cursor: (Element) -> ListCursor
    ) -> ListPage<Element> {
        let page = Array(elements.prefix(limit))
        return ListPage(elements: page, next: elements.count > limit ? page.last.map(cursor) : nil)
    }

    /// The number of rows of a page.
    static func pageSize(_ limit: Int) -> Int { min(max(limit, 1), 200) }

    /// Whether such an account exists.
    static func exists(_ userID: String, _ connection: any SQLConnection) throws -> Bool {
        try !connection.query("SELECT 1 AS one FROM users WHERE id = \(userID)").isEmpty
    }
}

extension Role: SQLValueConvertible { package var sqlValue: SQLValue { .text(rawValue) } }
extension AuditAction: SQLValueConvertible { package var sqlValue: SQLValue { .text(rawValue) } }
extension AuditOutcome: SQLValueConvertible { package var sqlValue: SQLValue { .text(rawValue) } }
extension PasswordHash: SQLValueConvertible { package var sqlValue: SQLValue { .text(text) } }

extension IdentityError {
    /// A storage failure as users of the accounts see it.
    init(_ error: StorageError) {
        switch error.code {
        case .storageFull:
            self.init(.storageFull, "The server has no room left to record this. Try again later.", cause: error)
        case .busy, .serialization:
            self.init(
                .unavailable,
                "The account store is too busy. Try again later.",
                retryAfter: .seconds(5),
                cause: error
            )
        case .constraint, .invalidValue:
            self.init(.invalid, "The account store refuses a value that breaks one of its rules.", cause: error)
        case .corrupt, .unavailable, .schema, .statement:
            self.init(.unavailable, "The account store does not work at the moment.", cause: error)
        }
    }
}
