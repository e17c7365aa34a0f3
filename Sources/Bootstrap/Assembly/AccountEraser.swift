internal import Environment
internal import Identity
internal import Logging
internal import Redis
internal import Storage
internal import TranslationService

/// Erases an account from the command line, with everything that a server would erase. Servers that run learn of it within a
/// minute (`OwnerCaches`).
package enum AccountEraser {
    /// - Throws: `InstallationError` where there is no database, or no Redis that is named; `IdentityError` for an unknown
    ///   account, and for what could not be erased.
    package static func erase(email: String, settings: SettingValues) async throws {
        let environment = ServiceEnvironment.live
        let folder = try DataFolder(settings(Settings.dataFolder), mayMake: false)
        let choice = DatabaseChoice(settings, folder)
        try choice.requireFile()
        guard let redis = try RedisAssembly(settings, choice, environment, Logs.logger(settings)) else {
            let database = try SQLiteDatabase(path: folder.segmentsPath)
            try await Migrator(SQLSegmentCache.migrations).migrate(database, at: environment.now())
            let segments = SQLSegmentCache(database, environment: environment)
            return try await erase(email, settings, environment, segments, nil)
        }
        try await withConnection(to: redis.client) {
            let (segments, notes) = (RedisSegmentCache(redis.client), RedisCache(redis.client))
            try await erase(email, settings, environment, segments, notes)
        }
    }

    private static func erase(
        _ email: String,
        _ settings: SettingValues,
        _ environment: ServiceEnvironment,
        _ segments: any SegmentCache,
        _ notes: RedisCache?
    ) async throws {
        let identity = try await Installation.open(
            settings,
            environment: environment,
            erasures: [.init("remembered translations") { try await segments.removeAll(ofOwner: $0) }],
            noteCache: notes
        ).identity
        try await identity.erase(try await identity.user(email: email).id, by: .console)
    }

    private static func withConnection(to client: RedisClient, _ work: @escaping @Sendable () async throws -> Void)
        async throws
    {
        do {
            try await client.check()
        } catch let error as RedisError {
            throw InstallationError(.unavailable, "\(error.message) Nothing was erased.")
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await client.run() }
            group.addTask {
                await client.untilConnected()
                try await work()
            }
            // The client runs until it is told to end.
            defer { group.cancelAll() }
            try await group.next()
        }
    }
}
