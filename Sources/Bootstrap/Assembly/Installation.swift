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
    package let database: any Database
    package let jobs: SQLJobStore
    package let noteStore: SQLNoteStore
    package let identity: IdentityService
    package let environment: ServiceEnvironment
    /// What secrets of users are derived from.
    package let secret: String

    /// Opens the database, and brings its schema up to date.
    /// - Parameter erasures: what else to erase with a user.
    /// - Throws: `ConfigurationError`, `StorageError`, `IdentityError`.
    package static func open(
        _ settings: SettingValues,
        environment: ServiceEnvironment = .live,
        erasures: [IdentityConfiguration.Erasure] = []
    ) async throws -> Installation {
        let folder = try DataFolder(settings(Settings.dataFolder))
        let database = try SQLiteDatabase(path: try databasePath(settings, folder))
        try await Migrator(Schema.migrations).migrate(database, at: environment.now())
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
            database: database,
            jobs: jobs,
            noteStore: notes,
            identity: IdentityService(
                store: SQLIdentityStore(database),
                tokens: try await tokens(settings, folder, environment),
                environment: environment,
                configuration: configuration
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
        return configured.isEmpty ? try folder.secretKey(environment) : configured
    }

    /// Where the database lies.
    /// - Throws: `ConfigurationError` for an address of another kind.
    package static func databasePath(_ settings: SettingValues, _ folder: DataFolder) throws -> String {
        let address = settings(Settings.databaseURL)
        if address.isEmpty { return folder.databasePath }
        guard address.hasPrefix("sqlite:") else {
            let scheme = address.prefix { $0 != ":" }.prefix(20)
            throw ConfigurationError(problems: [
                "database_url begins with '\(scheme):', expected 'sqlite:PATH', or nothing for a file in data_dir."
            ])
        }
        let path = address.dropFirst("sqlite:".count)
        return path.hasPrefix("//") ? String(path.dropFirst(2)) : String(path)
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
