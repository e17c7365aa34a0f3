/// What an installation decides about accounts.
package struct IdentityConfiguration: Sendable {
    /// Erases what a feature keeps of a user. May be run again for the same user.
    package struct Erasure: Sendable {
        /// What is erased, such as `jobs`: for whoever has to know that it was not.
        package let name: String
        package let run: @Sendable (_ userID: String) async throws -> Void

        package init(_ name: String, run: @escaping @Sendable (_ userID: String) async throws -> Void) {
            self.name = name
            self.run = run
        }
    }

    package var tiers = TierTable()
    /// Whether anybody may make an account, with the role `user` and the tier `signUpTier`.
    package var allowsSignUp = false
    package var signUpTier = Tier.free
    package var accountThrottle = ThrottlePolicy.account
    package var addressThrottle = ThrottlePolicy.address
    /// API keys of one user, at most.
    package var keysPerUser = 100
    /// How often the last use of a key is written at most.
    package var lastUseInterval = Duration.seconds(60)
    /// How long the audit trail goes back.
    package var auditRetention = Duration.seconds(400 * 86_400)
    /// Largest numbers of what is held in memory: credentials, accounts and addresses under watch.
    package var credentialsInMemory = 10_000
    package var throttlesInMemory = 20_000
    /// Run by `erase` before the account goes.
    package var erasures: [Erasure] = []

    package init() {}
}
