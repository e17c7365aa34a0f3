package import Environment
internal import Foundation
package import MachineTranslation
package import Storage

/// Translated segments in a database of their own, which may be deleted at any time.
///
/// Entries leave when they are older than `lifetime`, and the oldest of them when all together are larger than
/// `maximumBytes`; `sweep` sees to both, in small steps whose cost is that of the entries that leave. What is stored is
/// written a moment later, and nobody waits for that.
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
        ),
        // How large all are together, so that nobody has to add them up.
        Migration(
            number: 2,
            name: "size",
            statements: [
                "CREATE TABLE segments_size (bytes BIGINT NOT NULL)",
                "INSERT INTO segments_size SELECT CAST(COALESCE(SUM(bytes), 0) AS BIGINT) FROM segments",
            ]
        ),
    ]

    /// Entries that leave in one transaction: others wait for it.
    private static let step = 500

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
    private let writer: SegmentWriter

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
        let writing = FailureStreak()
        writer = SegmentWriter { entries in
            await Self.attempt(writing, report) { try await Self.write(entries, to: database) }
        }
    }

    /// Does without what cannot be done.
    @discardableResult
    private static func attempt<T>(
        _ streak: FailureStreak,
        _ report: @Sendable ((any Error)?) -> Void,
        _ body: () async throws -> T
    ) async -> T? {
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

    package func segments(for keys: [SegmentKey]) async -> [SegmentKey: RememberedSegment] {
        var found = writer.entries(for: keys).compactMapValues { Self.decode($0.json, $0.owner) }
        let keys = keys.filter { found[$0] == nil }
        guard !keys.isEmpty else { return found }
        let oldest = environment.now() + (.zero - configuration.lifetime)
        let rows = await Self.attempt(reading, report) {
            try await database.read { connection in
                try connection.query(
                    """
                    SELECT digest, owner, translation FROM segments
                    WHERE digest IN \(list: keys.map(\.digest)) AND stored_at > \(oldest)
                    """
                ).map { (try $0.text("digest"), try $0.text("owner"), try $0.text("translation")) }
            }
        }
        for (digest, owner, json) in rows ?? [] { found[SegmentKey(digest: digest)] = Self.decode(json, owner) }
        return found
    }

    package func store(_ translations: [SegmentKey: SegmentTranslation], owner: String) async {
        let now = environment.now()
        writer.add(
            translations.compactMapValues { translation in
                Self.encode(translation).map { SegmentWriter.Entry(owner: owner, json: $0, storedAt: now) }
            }
        )
    }

    /// Returns once all that was stored is written.
    package func flush() async { await writer.flush() }

    package func removeAll(ofOwner owner: String) async throws {
        await writer.removeAll(ofOwner: owner)
        while try await remove("owner = \(owner) LIMIT \(Self.step)") == Self.step { try Task.checkCancellation() }
    }

    /// Removes what is too old, and the oldest of what is too much; at most `limit` entries.
    /// - Returns: how many were removed.
    package func sweep(limit: Int = 100_000) async throws -> Int {
        let oldest = environment.now() + (.zero - configuration.lifetime)
        let most = configuration.maximumBytes
        var removed = 0
        while removed < limit, !Task.isCancelled {
            let step = min(Self.step, limit - removed)
            var number = try await remove("stored_at <= \(oldest) ORDER BY stored_at LIMIT \(step)")
            if number < step, try await size() > most {
                number += try await remove("1 = 1 ORDER BY stored_at LIMIT \(step - number)", whileAbove: most)
            }
            guard number > 0 else { break }
            removed += number
        }
        return removed
    }

    // MARK: Steps

    /// Bytes of all entries, as estimated.
    private func size() async throws -> Int64 {
        try await database.read { try $0.query("SELECT bytes FROM segments_size").first?.integer("bytes") ?? 0 }
    }

    private static func write(
        _ entries: [SegmentKey: SegmentWriter.Entry],
        to database: any Database
    ) async throws {
        let all = Array(entries)
        for start in stride(from: 0, to: all.count, by: step) {
            let group = all[start..<min(start + step, all.count)]
            try await database.write { connection in
                let replaced = try connection.query(
                    """
                    SELECT CAST(COALESCE(SUM(bytes), 0) AS BIGINT) AS bytes FROM segments
                    WHERE digest IN \(list: group.map(\.key.digest))
                    """
                ).first?.integer("bytes")
                var growth = -(replaced ?? 0)
                for (key, entry) in group {
                    let bytes = entry.json.utf8.count + 128
                    growth += Int64(bytes)
                    try connection.execute(
                        """
                        INSERT INTO segments (digest, owner, translation, bytes, stored_at)
                        VALUES (\(key.digest), \(entry.owner), \(entry.json), \(bytes), \(entry.storedAt))
                        ON CONFLICT (digest) DO UPDATE
                        SET owner = excluded.owner, translation = excluded.translation, bytes = excluded.bytes,
                            stored_at = excluded.stored_at
                        """
                    )
                }
                _ = try connection.execute("UPDATE segments_size SET bytes = bytes + \(growth)")
            }
        }
    }

    /// Removes entries, in one transaction.
    /// - Parameters:
    ///   - condition: which, in which order, and how many at most.
    ///   - most: no more of them than are needed to bring all entries down to so many bytes; nil: all.
    /// - Returns: how many.
    private func remove(_ condition: SQLStatement, whileAbove most: Int64? = nil) async throws -> Int {
        try await database.write { connection in
            let size = try connection.query("SELECT bytes FROM segments_size").first?.integer("bytes") ?? 0
            var freed: Int64 = 0
            var digests: [String] = []
            for row in try connection.query("SELECT digest, bytes FROM segments WHERE \(condition)") {
                if let most, size - freed <= most { break }
                digests.append(try row.text("digest"))
                freed += try row.integer("bytes")
            }
            guard !digests.isEmpty else { return 0 }
            try connection.execute("DELETE FROM segments WHERE digest IN \(list: digests)")
            _ = try connection.execute("UPDATE segments_size SET bytes = bytes - \(freed)")
            return digests.count
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

    private static func decode(_ json: String, _ owner: String) -> RememberedSegment? {
        guard let stored = try? JSONDecoder().decode(Stored.self, from: Data(json.utf8)) else { return nil }
        let translation = SegmentTranslation(
            text: stored.text,
            confidence: stored.confidence,
            alternatives: stored.alternatives,
            remark: stored.remark.flatMap(SegmentTranslation.Remark.init)
        )
        return RememberedSegment(translation, owner: OwnerMark(owner))
    }
}
