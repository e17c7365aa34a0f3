import Bootstrap
import Foundation
import Identity
import Logging
import MachineTranslation
import Redis
import TemporaryFolders
import Testing
import TranslationService

extension PostgresTests {
    /// Erasing an account by a program that serves nothing.
    @Suite struct ErasureCommandTests {
        private static let redis = ProcessInfo.processInfo.environment["TEST_REDIS_URL"].flatMap {
            $0.isEmpty ? nil : $0
        }

        private static func settings(
            _ database: String,
            redis: String,
            _ folder: TemporaryFolder
        ) async throws -> SettingValues {
            try await SettingValues(
                file: nil,
                environment: [:],
                options: [
                    "data_dir": folder.path, "database_url": database, "redis_url": redis,
                    "secret_key": String(repeating: "0123456789abcdef", count: 3),
                ]
            )
        }

        @Test(.enabled(if: redis != nil, "TEST_REDIS_URL is not set: 'make test' starts a server and sets it."))
        func commandLine_clearsRedis_andErasesNothingWhereItCannot() async throws {
            try await withDatabase { try await erase(database: $0, redis: try #require(Self.redis)) }
        }

        private func erase(database: String, redis url: String) async throws {
            let folder = try TemporaryFolder()
            let settings = try await Self.settings(database, redis: url, folder)
            let identity = try await Installation.open(settings, mayMake: true).identity
            let email = "\(UUID())@example.org"
            let user = try await identity.addUser(email: email, password: "a long enough passphrase", by: .console)
            let client = RedisClient(
                try RedisAddress(url),
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            )
            let running = Task { await client.run() }
            defer { running.cancel() }
            await client.untilConnected()
            let keys = [SegmentKey(digest: "\(UUID())"), SegmentKey(digest: "\(UUID())")]
            let cache = RedisSegmentCache(client)
            for (key, owner) in [(keys[0], user.id), (keys[1], "somebody else")] {
                await cache.store([key: SegmentTranslation(text: "x", confidence: 1)], owner: owner)
            }
            #expect(await cache.segments(for: keys).count == 2)

            let broken = try await Self.settings(database, redis: "redis://127.0.0.1:1", folder)
            let error = await #expect(throws: InstallationError.self) {
                try await AccountEraser.erase(email: email, settings: broken)
            }
            #expect(error?.message.contains("Nothing was erased.") == true)
            #expect(try await !identity.user(user.id).isDisabled)

            try await AccountEraser.erase(email: email, settings: settings)
            #expect(await Set(cache.segments(for: keys).keys) == [keys[1]])
            await #expect(throws: IdentityError.self) { try await identity.user(user.id) }
            try await cache.removeAll(ofOwner: "somebody else")
        }
    }
}
