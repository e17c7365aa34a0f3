package import Environment
internal import Foundation
package import Identity
internal import JobSystem
package import Notes
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
    /// Whether the database has room for what is written.
    package let roomWatch: RoomWatch

    /// Opens the database, and brings its schema up to date.
    /// - Parameters:
    ///   - mayMake: whether folder and database are made where there are none; else they have to be there.
    ///   - erasures: what else to erase with a user.
    ///   - noteCache: where notes are remembered that other processes may find.
    ///   - limiter: counts requests; nil: one of this process's own.
    ///   - tickets: remembers which tickets were used; nil: the database, if several processes share it, or this process.
    /// - Throws: `InstallationError` where nothing is there, `ConfigurationError`, `StorageError`, `IdentityError`.
    package static func open(
        _ settings: SettingValues,
        environment: ServiceEnvironment = .live,
        mayMake: Bool = false,
        erasures: [IdentityConfiguration.Erasure] = [],
        noteCache: (any KeyValueCache)? = nil,
        limiter: (any RateLimiter)? = nil,
        tickets: (any TicketLedger)? = nil
    ) async throws -> Installation {
        let folder = try DataFolder(settings(Settings.dataFolder), mayMake: mayMake)
        let choice = DatabaseChoice(settings, folder)
        try await SchemaMigration.run(settings, environment: environment, mayMake: mayMake)
        let database = try await choice.open(settings, environment)
        let roomWatch = RoomWatch(environment)
        let watched = roomWatch.watching(database)
        let jobs = SQLJobStore(watched)
        let notes = SQLNoteStore(watched)
        var configuration = identityConfiguration(settings)
        configuration.erasures =
            [
                .init("jobs") { _ = try await jobs.eraseAll(ofOwner: $0) },
                .init("notes") { owner in
                    for note in try await notes.eraseAll(ofOwner: owner) {
                        await noteCache?.remove(NoteService.key(note))
                    }
                },
            ] + erasures
        return Installation(
            settings: settings,
            folder: folder,
            choice: choice,
            database: database,
            jobs: jobs,
            noteStore: notes,
            identity: IdentityService(
                store: SQLIdentityStore(watched),
                tokens: try await tokens(settings, folder, environment),
                environment: environment,
                configuration: configuration,
                limiter: limiter ?? InProcessRateLimiter(),
                secret: try secret(settings, folder, environment),
                tickets: try tickets ?? (choice.postgres == nil ? InProcessTicketLedger() : SQLTicketLedger(database))
            ),
            environment: environment,
            secret: try secret(settings, folder, environment),
            roomWatch: roomWatch
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
            (Tier.standard, settings(Settings.standardRequests)), (Tier.free, settings(Settings.freeRequests)),
            (Tier.premium, settings(Settings.premiumRequests)),
            (Tier.enterprise, settings(Settings.enterpriseRequests)),
        ]
        for (tier, number) in requests {
            configuration.tiers.limits[tier]?.requestsPerMinute = number == 0 ? nil : number
        }
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
            key = try TokenKey.read(file)
        } else {
            key = .secret(try secret(settings, folder, environment))
        }
        return try await TokenIssuer(key: key, lifetime: settings(Settings.jwtExpiry), environment: environment)
    }
}
