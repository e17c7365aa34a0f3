internal import Environment

/// How much people may do.
extension IdentityService {
    /// What the principal's tier allows.
    package func limits(of principal: Principal) -> TierLimits { configuration.tiers[principal.tier].limits }

    /// Counts a request of that user, whichever credential it came with; `nil` where there is no limit: in tiers without
    /// one, and for whoever sits at the machine.
    package func admit(_ principal: Principal) async -> RateDecision? {
        guard principal.credential != .local, let limit = limits(of: principal).requestsPerMinute else { return nil }
        return await limiter.take(principal.userID, limit: limit, at: environment.now())
    }

    /// Counts characters (Unicode scalars) of source text against the month, all or none. Where there is no limit, they are
    /// recorded a moment later, and nobody waits for that.
    ///
    /// To be called before the work begins, so that nobody who may have no more costs any; `refund` gives back what was
    /// charged for work that was not done.
    /// - Throws: `.quotaExceeded` with when the next month begins; `.unauthenticated` if the account is gone.
    @discardableResult
    package func charge(_ principal: Principal, characters: Int) async throws -> Charge {
        let now = environment.now()
        let month = BillingMonth(at: now)
        let charge = Charge(userID: principal.userID, month: month.name, characters: max(0, characters))
        guard let limit = limits(of: principal).charactersPerMonth else {
            deferredCharges.add(charge)
            return charge
        }
        do {
            let account = ChargeCombiner.Account(userID: principal.userID, month: month.name, limit: limit)
            let isCharged = try await charges.charge(account, characters: charge.characters)
            guard !isCharged else { return charge }
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

    /// Gives back what was charged, a moment later; nobody waits for it, and it cannot fail. A process that is killed before
    /// has charged for nothing.
    package func refund(_ charge: Charge) { deferredCharges.refund(charge) }

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
