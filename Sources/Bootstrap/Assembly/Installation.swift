package import Environment
internal import Foundation
package import Identity
internal import JobSystem
internal import Notes
package import Storage

/// What every command that touches an installation's data needs: the database, and the services that stand on it alone.
package struct Installation: Sendable {
    package let settings: SettingValues
    package let folder: DataFolder
    /// Where the database is.
    package let choice: DatabaseChoice
    package let database: any Database
    package let jobs: SQLJobStore
    package let noteStore: SQLNoteStore
    package let identity: IdentityService
    package let environment: ServiceEnvironment
    /// What secrets of users are derived from.
    package let secret: String

    /// Opens the database, and brings its schema up to date.
    /// - Parameters:
    ///   - erasures: what else to erase with a user.
    ///   - limiter: counts requests; nil: one of this process's own.
    /// - Throws: `ConfigurationError`, `StorageError`, `IdentityError`.
    package static func open(
        _ settings: SettingValues,
        environment: ServiceEnvironment = .live,
        erasures: [IdentityConfiguration.Erasure] = [],
        limiter: (any RateLimiter)? = nil
    ) async throws -> Installation {
        let folder = try DataFolder(settings(Settings.dataFolder))
        let choice = try DatabaseChoice(settings, folder)
        try await SchemaMigration.run(settings, environment: environment)
        let database = try await choice.open(settings, environment)
        let jobs = SQLJobStore(database)
        let notes = SQLNoteStore(database)
        var configuration = identityConfiguration(settings)
        configuration.erasures =
            erasures + [
                { _ = try await jobs.eraseAll(ofOwner: $0) },
                { _ = try await notes.eraseAll(ofOwner: $0) },
            ]
        return Installation(
            settings: settings,
            folder: folder,
            choice: choice,
            database: database,
            jobs: jobs,
            noteStore: notes,
            identity: IdentityService(
                store: SQLIdentityStore(database),
                tokens: try await tokens(settings, folder, environment),
                environment: environment,
                configuration: configuration,
                limiter: limiter ?? InProcessRateLimiter()
            ),
            environment: environment,
            secret: try secret(settings, folder, environment)
        )
    }

    private static func secret(
        _ settings: SettingValues,
        _ folder: DataFolder,
        _ environment: ServiceEnvironment
    ) throws -> String {
        let configured = settings(Settings.secretKey)
        guard configured.isEmpty else { return configured }
        // Tokens of one process would be worth nothing to the others.
        if try DatabaseChoice(settings, folder).postgres != nil {
            throw ConfigurationError(problems: [
                "secret_key is missing, expected one that all processes with this PostgreSQL database share."
            ])
        }
        return try folder.secretKey(environment)
    }

    private static func identityConfiguration(_ settings: SettingValues) -> IdentityConfiguration {
        var configuration = IdentityConfiguration()
        configuration.allowsSignUp = settings(Settings.allowSignup)
        let requests = [
            (Tier.free, settings(Settings.freeRequests)), (Tier.premium, settings(Settings.premiumRequests)),
            (Tier.enterprise, settings(Settings.enterpriseRequests)),
        ]
        for (tier, number) in requests { configuration.tiers.limits[tier]?.requestsPerMinute = number }
        return configuration
    }

    private static func tokens(
        _ settings: SettingValues,
        _ folder: DataFolder,
        _ environment: ServiceEnvironment
    ) async throws -> TokenIssuer {
        let file = settings(Settings.jwtKeyFile)
        let key: TokenKey
        if !file.isEmpty {
            guard let pem = FileManager.default.contents(atPath: file), pem.count <= 64 << 10 else {
                throw ConfigurationError(problems: [
                    "jwt_key_file '\(file)' cannot be read, expected a private key in PEM."
                ])
            }
            key = .pem(String(decoding: pem, as: UTF8.self))
        } else {
            key = .secret(try secret(settings, folder, environment))
        }
        return try await TokenIssuer(key: key, lifetime: settings(Settings.jwtExpiry), environment: environment)
    }
}
