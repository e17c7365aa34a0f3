package import Environment

/// Who may do what, and how much: the logic of accounts, the same for HTTP and the command line.
///
/// Copies share their state. Every method may be called from any task; errors are `IdentityError`s. In this process,
/// what is revoked, disabled or changed counts at once; in others that share the store, within ten seconds.
package struct IdentityService: Sendable {
    package let store: any IdentityStore
    package let environment: ServiceEnvironment
    package let configuration: IdentityConfiguration
    package let hasher: PasswordHasher
    let tokens: TokenIssuer?
    let limiter: any RateLimiter
    let charges: ChargeCombiner
    let deferredCharges: DeferredCharges
    let cache: CredentialCache
    let unfinishedErasures = UnfinishedErasures()
    let throttle: LoginThrottle
    let signer: TicketSigner
    let tickets: any TicketLedger
    let localTickets = InProcessTicketLedger()

    /// - Parameters:
    ///   - tokens: `nil` where no key is configured: then nobody can sign in, but API keys work.
    ///   - secret: what tickets are signed with, the same at all processes of an installation; `nil`: one of this
    ///     process's own.
    ///   - tickets: remembers which tickets were used.
    package init(
        store: any IdentityStore,
        tokens: TokenIssuer?,
        environment: ServiceEnvironment,
        configuration: IdentityConfiguration = IdentityConfiguration(),
        hasher: PasswordHasher? = nil,
        limiter: any RateLimiter = InProcessRateLimiter(),
        secret: String? = nil,
        tickets: any TicketLedger = InProcessTicketLedger()
    ) {
        self.store = store
        self.tokens = tokens
        self.environment = environment
        self.configuration = configuration
        self.hasher = hasher ?? PasswordHasher(environment: environment)
        self.limiter = limiter
        charges = ChargeCombiner(store)
        deferredCharges = DeferredCharges(store, environment)
        cache = CredentialCache(capacity: configuration.credentialsInMemory)
        throttle = LoginThrottle(
            account: configuration.accountThrottle,
            address: configuration.addressThrottle,
            capacity: configuration.throttlesInMemory
        )
        signer = TicketSigner(secret: secret)
        self.tickets = tickets
    }

    /// Whoever sits at the machine, in local mode: tier standard, role admin.
    package var localPrincipal: Principal { .local }

    /// Whether there is any account. While there is none, a server on loopback is in local mode.
    package func hasUsers() async throws -> Bool { try await store.hasUsers() }

    /// Forgets what time has made worthless: expired revocations and old audit entries; and erases what could not be
    /// erased before. To be called every minute.
    /// - Returns: how many records went.
    @discardableResult
    package func sweep(at time: Timestamp) async throws -> Int {
        await repeatErasures()
        let tokens = try await store.pruneRevokedTokens(at: time)
        let entries = try await store.pruneAudit(
            before: time + .microseconds(-configuration.auditRetention.wholeMicroseconds),
            limit: 10_000
        )
        return tokens + entries
    }

    /// Everything remembered about a user is looked up again.
    func forget(_ userID: String) { cache.forget(userID: userID) }
}
