import Contracts
import Environment
import Foundation
import MachineTranslation
import Storage
import Synchronization
import Testing
import TranslationService

/// What is remembered of translated segments.
struct SegmentCacheTests {
    private static func key(_ name: String) -> SegmentKey { SegmentKey(digest: name) }

    private static func translation(_ text: String, remark: SegmentTranslation.Remark? = nil) -> SegmentTranslation {
        var translation = SegmentTranslation(text: text, confidence: 0.25, remark: remark)
        translation.alternatives = ["other", "another"]
        return translation
    }

    /// A database in a folder that goes with it.
    private final class Disk: Sendable {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("segments-\(UUID())").path
        let time = ManualTime()
        let database: SQLiteDatabase

        init() async throws {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            database = try SQLiteDatabase(path: folder + "/segments.sqlite")
            try await Migrator(SQLSegmentCache.migrations).migrate(database)
        }

        /// What the cache has reported: whether it works.
        let reports = Recorder<Bool>()

        func cache(lifetime: Duration = .seconds(100), bytes: Int64 = 1 << 20) -> SQLSegmentCache {
            var configuration = SQLSegmentCache.Configuration()
            configuration.lifetime = lifetime
            configuration.maximumBytes = bytes
            return SQLSegmentCache(database, environment: time.environment, configuration: configuration) {
                [reports] error in reports.record(error == nil)
            }
        }

        deinit { try? FileManager.default.removeItem(atPath: folder) }
    }

    @Test func disk_givesBackWhatWasStored() async throws {
        let disk = try await Disk()
        let cache = disk.cache()
        let stored = [
            Self.key("a"): Self.translation("¡Hola!", remark: .doubtful), Self.key("b"): Self.translation("x"),
        ]
        await cache.store(stored, owner: "ada")
        let found = await cache.translations(for: [Self.key("a"), Self.key("b"), Self.key("c")])
        #expect(found == stored)
        #expect(await cache.translations(for: []).isEmpty)
    }

    @Test func diskThatFails_isDoneWithoutAndReportedOnce() async throws {
        let disk = try await Disk()
        let cache = disk.cache()
        let translations = [Self.key("a"): Self.translation("1")]
        func use(times: Int) async {
            for _ in 0..<times {
                await cache.store(translations, owner: "ada")
                _ = await cache.translations(for: [Self.key("a")])
            }
        }
        func execute(_ statement: SQLStatement) async throws {
            try await disk.database.write { connection in _ = try connection.execute(statement) }
        }
        await use(times: 3)
        #expect(disk.reports.all == [])
        try await execute("ALTER TABLE segments RENAME TO hidden")
        await use(times: 3)
        // Writing and reading.
        #expect(disk.reports.all == [false, false])
        try await execute("ALTER TABLE hidden RENAME TO segments")
        await use(times: 3)
        #expect(disk.reports.all == [false, false, true, true])
        #expect(await cache.translations(for: [Self.key("a")]) == translations)
    }

    @Test func disk_forgetsWhatIsOld() async throws {
        let disk = try await Disk()
        let cache = disk.cache(lifetime: .seconds(100))
        await cache.store([Self.key("old"): Self.translation("1")], owner: "ada")
        disk.time.advance(by: .seconds(60))
        await cache.store([Self.key("new"): Self.translation("2")], owner: "ada")
        disk.time.advance(by: .seconds(60))
        let keys = [Self.key("old"), Self.key("new")]
        #expect(await Set(cache.translations(for: keys).keys) == [Self.key("new")])
        #expect(try await cache.sweep() == 1)
        #expect(try await cache.sweep() == 0)
    }

    @Test func disk_dropsTheOldestOfTooMuch() async throws {
        let disk = try await Disk()
        let cache = disk.cache(bytes: 2_000)
        let keys = (0..<20).map { Self.key("k\($0)") }
        for key in keys {
            await cache.store([key: Self.translation(String(repeating: "x", count: 100))], owner: "ada")
            disk.time.advance(by: .seconds(1))
        }
        let removed = try await cache.sweep()
        let left = await cache.translations(for: keys).count
        #expect(removed + left == 20)
        #expect((3...12).contains(left), "\(left) entries of about 300 bytes are left in 2,000")
        #expect(await cache.translations(for: [keys[19]]).count == 1)
        #expect(await cache.translations(for: [keys[0]]).isEmpty)
    }

    @Test func owner_takesTheirsAlong() async throws {
        let disk = try await Disk()
        let cache = MemorySegmentCache(maximumBytes: 1 << 20, slower: disk.cache())
        await cache.store([Self.key("a"): Self.translation("1")], owner: "ada")
        await cache.store([Self.key("b"): Self.translation("2")], owner: "bob")
        try await cache.removeAll(ofOwner: "ada")
        let found = await cache.translations(for: [Self.key("a"), Self.key("b")])
        #expect(Set(found.keys) == [Self.key("b")])
        #expect(await disk.cache().translations(for: [Self.key("a")]).isEmpty)
    }

    @Test func memory_staysWithinItsLimit_andKeepsWhatIsUsed() async throws {
        let cache = MemorySegmentCache(maximumBytes: 5_000)
        await cache.store([Self.key("kept"): Self.translation("kept")], owner: "ada")
        for number in 0..<1_000 {
            await cache.store([Self.key("\(number)"): Self.translation("text \(number)")], owner: "ada")
            #expect(await cache.translations(for: [Self.key("kept")]).count == 1)
            #expect(cache.bytes <= 5_000)
        }
        #expect(await cache.translations(for: [Self.key("0")]).isEmpty)
        #expect(await cache.translations(for: [Self.key("999")]).count == 1)
    }

    @Test func memory_passesOnWhatTheDiskHas() async throws {
        let disk = try await Disk()
        await disk.cache().store([Self.key("a"): Self.translation("1")], owner: "ada")
        let cache = MemorySegmentCache(maximumBytes: 1 << 20, slower: disk.cache())
        #expect(await cache.translations(for: [Self.key("a")]).count == 1)
        disk.time.advance(by: .seconds(1_000))
        // Now from memory, as the disk has forgotten it.
        #expect(await cache.translations(for: [Self.key("a")]).count == 1)
    }

    @Test func brokenDisk_isAMiss() async throws {
        let disk = try await Disk()
        let cache = disk.cache()
        try await disk.database.close()
        await cache.store([Self.key("a"): Self.translation("1")], owner: "ada")
        #expect(await cache.translations(for: [Self.key("a")]).isEmpty)
    }

    // MARK: What decides about a translation

    /// Counts what it is asked for.
    private final class CountingTranslator: SegmentTranslator {
        let pair: LanguagePair
        let seen = Mutex<[String]>([])

        init(_ pair: LanguagePair) { self.pair = pair }

        func translate(_ segments: [String], options: TranslationOptions) async throws -> [SegmentTranslation] {
            seen.withLock { $0 += segments }
            return segments.map { SegmentTranslation(text: "[\(pair.target)] \($0)", confidence: 1) }
        }
    }

    @Test func repeatedSegments_areTranslatedOnce() async throws {
        let base = CountingTranslator(LanguagePair(source: "en", target: "es"))
        let counts = Mutex(CacheCount())
        let translator = CachingTranslator(
            base,
            cache: MemorySegmentCache(maximumBytes: 1 << 20),
            fingerprint: "f",
            owner: "ada",
            count: { count in
                counts.withLock { $0 = CacheCount(hits: $0.hits + count.hits, misses: $0.misses + count.misses) }
            }
        )
        let first = try await translator.translate(["a", "b", "a"], options: .init())
        #expect(first.map(\.text) == ["[es] a", "[es] b", "[es] a"])
        #expect(first.allSatisfy { !$0.isCached })
        let second = try await translator.translate(["b", "c"], options: .init())
        #expect(second.map(\.isCached) == [true, false])
        #expect(base.seen.withLock { $0 } == ["a", "b", "c"])
        #expect(counts.withLock { $0 } == CacheCount(hits: 1, misses: 4))
    }

    @Test func everythingThatMatters_isInTheKey() async throws {
        let cache = MemorySegmentCache(maximumBytes: 1 << 20)
        func isCached(
            _ fingerprint: String = "f",
            _ target: String = "es",
            _ change: (inout TranslationOptions) -> Void = { _ in }
        ) async throws -> Bool {
            var options = TranslationOptions()
            change(&options)
            let base = CountingTranslator(LanguagePair(source: "en", target: target))
            let translator = CachingTranslator(base, cache: cache, fingerprint: fingerprint, owner: "ada")
            return try await translator.translate(["text"], options: options)[0].isCached
        }
        #expect(try await !isCached())
        #expect(try await isCached())
        #expect(try await !isCached("g"))
        #expect(try await !isCached("f", "hi"))
        #expect(try await !isCached { $0.beamSize = 5 })
        #expect(try await !isCached { $0.alternatives = 1 })
        #expect(try await !isCached { $0.guards = false })
        // The order of work changes no result.
        #expect(try await isCached { $0.priority = 7 })
        #expect(try await isCached { $0.isUrgent = true })
    }
}
