package import Environment
internal import Foundation
package import MachineTranslation
package import Storage

/// Translated segments in a database of their own, which may be deleted at any time.
///
/// Entries leave when they are older than `lifetime`, and the oldest of them when all together are larger than
/// `maximumBytes`; `sweep` sees to both.
package struct SQLSegmentCache: SegmentCache {
    package struct Configuration: Sendable {
        package var lifetime = Duration.seconds(7 * 86_400)
        /// Bytes of all entries, as estimated.
        package var maximumBytes: Int64 = 10 << 30

        package init() {}
    }

    /// The schema of the database.
    package static let migrations = [
        Migration(
            number: 1,
            name: "segments",
            statements: [
                """
                CREATE TABLE segments (
                    digest TEXT NOT NULL PRIMARY KEY,
                    owner TEXT NOT NULL,
                    translation TEXT NOT NULL,
                    bytes BIGINT NOT NULL,
                    stored_at BIGINT NOT NULL
                )
                """,
                "CREATE INDEX segments_by_age ON segments (stored_at, bytes)",
                "CREATE INDEX segments_by_owner ON segments (owner)",
            ]
        )
    ]

    /// What is kept of a translation.
    private struct Stored: Codable {
        var text: String
        var confidence: Double
        var alternatives: [String]
        var remark: String?
    }

    private let database: any Database
    private let environment: ServiceEnvironment
    private let configuration: Configuration
    private let report: @Sendable ((any Error)?) -> Void
    private let reading = FailureStreak()
    private let writing = FailureStreak()

    /// - Parameters:
    ///   - database: migrated by `migrations`.
    ///   - report: told why reading or writing begins to fail, and nil when it works again. Users of the cache are not
    ///     told: they go on without.
    package init(
        _ database: any Database,
        environment: ServiceEnvironment,
        configuration: Configuration = Configuration(),
        report: @escaping @Sendable ((any Error)?) -> Void = { _ in }
    ) {
        self.database = database
        self.environment = environment
        self.configuration = configuration
        self.report = report
    }

    /// Does without what cannot be done.
    @discardableResult
    private func attempt<T>(_ streak: FailureStreak, _ body: () async throws -> T) async -> T? {
        do {
            let value = try await body()
            if streak.succeed() { report(nil) }
            return value
        } catch {
            // Whoever asked has gone.
            guard !(error is CancellationError) else { return nil }
            if streak.fail() { report(error) }
            return nil
        }
    }

    package func translations(for keys: [SegmentKey]) async -> [SegmentKey: SegmentTranslation] {
        let oldest = environment.now() + (.zero - configuration.lifetime)
        let rows = await attempt(reading) {
            try await database.read { connection in
                try connection.query(
                    """
                    SELECT digest, translation FROM segments
                    WHERE digest IN \(list: keys.map(\.digest)) AND stored_at > \(oldest)
                    """
                ).map { (try $0.text("digest"), try $0.text("translation")) }
            }
        }
        var found: [SegmentKey: SegmentTranslation] = [:]
        for (digest, json) in rows ?? [] { found[SegmentKey(digest: digest)] = Self.decode(json) }
        return found
    }

    package func store(_ translations: [SegmentKey: SegmentTranslation], owner: String) async {
        let now = environment.now()
        let rows = translations.compactMap { key, translation in
            Self.encode(translation).map { (key.digest, $0) }
        }
        // What cannot be remembered now is translated again another time.
        await attempt(writing) {
            try await database.write { connection in
                for (digest, json) in rows {
                    try connection.execute(
                        """
                        INSERT INTO segments (digest, owner, translation, bytes, stored_at)
                        VALUES (\(digest), \(owner), \(json), \(json.utf8.count + 128), \(now))
                        ON CONFLICT (digest) DO UPDATE
                        SET owner = excluded.owner, translation = excluded.translation, bytes = excluded.bytes,
                            stored_at = excluded.stored_at
                        """
                    )
                }
            }
        }
    }

    package func removeAll(ofOwner owner: String) async throws {
        try await database.write { connection in
            _ = try connection.execute("DELETE FROM segments WHERE owner = \(owner)")
        }
    }

    /// Removes what is too old, and the oldest of what is too much; at most `limit` entries.
    /// - Returns: how many were removed.
    package func sweep(limit: Int = 10_000) async throws -> Int {
        let oldest = environment.now() + (.zero - configuration.lifetime)
        let most = configuration.maximumBytes
        return try await database.write { connection in
            var removed = try connection.execute(
                """
                DELETE FROM segments WHERE digest IN (
                    SELECT digest FROM segments WHERE stored_at <= \(oldest) ORDER BY stored_at LIMIT \(limit)
                )
                """
            )
            let total = try connection.query(
                "SELECT CAST(COALESCE(SUM(bytes), 0) AS BIGINT) AS total FROM segments"
            ).first?.integer("total")
            guard let total, total > most else { return removed }
            // Those before which there is still too much, counted from the newest on.
            removed += try connection.execute(
                """
                DELETE FROM segments WHERE digest IN (
                    SELECT digest FROM (
                        SELECT digest, stored_at,
                            SUM(bytes) OVER (ORDER BY stored_at DESC, digest ROWS UNBOUNDED PRECEDING) AS newer
                        FROM segments
                    ) AS counted
                    WHERE newer > \(most) ORDER BY stored_at LIMIT \(limit)
                )
                """
            )
            return removed
        }
    }

    private static func encode(_ translation: SegmentTranslation) -> String? {
        let stored = Stored(
            text: translation.text,
            confidence: translation.confidence,
            alternatives: translation.alternatives,
            remark: translation.remark?.rawValue
        )
        return (try? JSONEncoder().encode(stored)).map { String(decoding: $0, as: UTF8.self) }
    }

    private static func decode(_ json: String) -> SegmentTranslation? {
        guard let stored = try? JSONDecoder().decode(Stored.self, from: Data(json.utf8)) else { return nil }
        return SegmentTranslation(
            text: stored.text,
            confidence: stored.confidence,
            alternatives: stored.alternatives,
            remark: stored.remark.flatMap(SegmentTranslation.Remark.init)
        )
    }
}
