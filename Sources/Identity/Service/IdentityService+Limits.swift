internal import Environment

/// How much people may do.
extension IdentityService {
    /// What the principal's tier allows.
    package func limits(of principal: Principal) -> TierLimits { configuration.tiers[principal.tier].limits }

    /// Counts a request of that user, whichever credential it came with.
    package func admit(_ principal: Principal) async -> RateDecision {
        await limiter.take(
            principal.userID,
            limit: limits(of: principal).requestsPerMinute,
            at: environment.now()
        )
    }

    /// Counts characters (Unicode scalars) of source text against the month, all or none. Where there is no limit, they are
    /// recorded a moment later, and nobody waits for that.
    /// - Throws: `.quotaExceeded` with when the next month begins; `.unauthenticated` if the account is gone.
    package func charge(_ principal: Principal, characters: Int) async throws {
        let now = environment.now()
        let month = BillingMonth(at: now)
        guard let limit = limits(of: principal).charactersPerMonth else {
            return deferredCharges.add(principal.userID, month: month.name, characters: max(0, characters))
        }
        do {
            let account = ChargeCombiner.Account(userID: principal.userID, month: month.name, limit: limit)
            let isCharged = try await charges.charge(account, characters: max(0, characters))
            guard !isCharged else { return }
        } catch let error as IdentityError where error.code == .notFound {
            throw IdentityError.badCredentials(cause: error)
        }
        let used = try await store.usage(of: principal.userID, month: month.name).characters
        throw IdentityError(
            .quotaExceeded,
            """
            This request has \(characters) characters, and '\(used)' of the \(limit) that the tier \
            '\(principal.tier)' has in \(month.name) are used; the next month begins on \(month.nextDay) (UTC).
            """,
            retryAfter: month.end - now
        )
    }

    /// Records the usage that is kept in memory. To be called before the store is closed.
    package func settle() async { await deferredCharges.settle() }

    /// What a user has used of this month.
    package func usage(of principal: Principal) async throws -> Usage {
        let month = BillingMonth(at: environment.now())
        await deferredCharges.settle()
        let used = try await store.usage(of: principal.userID, month: month.name)
        return Usage(
            month: month.name,
            characters: used.characters,
            limit: limits(of: principal).charactersPerMonth,
            requests: used.requests,
            resetsAt: month.end
        )
    }
}
