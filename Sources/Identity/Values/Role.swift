/// What a user is to the whole installation.
package enum Role: String, Hashable, CaseIterable, Sendable {
    /// Sees and changes what is theirs.
    case user
    /// Also sees and changes what is everybody's, under `/api/v1/admin`.
    case admin

    /// All that somebody of this role may be allowed.
    package var scopes: Set<Scope> {
        switch self {
        case .user: Set(Scope.allCases).subtracting([.admin])
        case .admin: Set(Scope.allCases)
        }
    }
}

/// A part of the API that a credential opens. The raw values are stored and seen by clients.
package enum Scope: String, Hashable, CaseIterable, Sendable {
    /// Translate texts and documents, at once or by submitting jobs; detect languages.
    case translate
    /// Read, list, follow, cancel, retry and erase one's jobs.
    case jobs
    /// Read and change one's notes, and have them translated.
    case notes
    /// Read one's usage and account; list, make and revoke API keys.
    case account
    /// Everything under `/api/v1/admin`. Only for the role `admin`.
    case admin
}
