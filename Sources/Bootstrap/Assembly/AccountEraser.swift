internal import Environment
internal import Identity
internal import Storage
internal import TranslationService

/// Erases an account from the command line, with everything that a running server would erase.
package enum AccountEraser {
    /// - Throws: `IdentityError` for an unknown account, and whatever keeps the data from being reached.
    package static func erase(email: String, settings: SettingValues) async throws {
        let folder = try DataFolder(settings(Settings.dataFolder))
        let environment = ServiceEnvironment.live
        let database = try SQLiteDatabase(path: folder.segmentsPath)
        try await Migrator(SQLSegmentCache.migrations).migrate(database, at: environment.now())
        let segments = SQLSegmentCache(database, environment: environment)
        let identity = try await Installation.open(
            settings,
            environment: environment,
            erasures: [{ try await segments.removeAll(ofOwner: $0) }]
        ).identity
        try await identity.erase(try await identity.user(email: email).id, by: .console)
    }
}
