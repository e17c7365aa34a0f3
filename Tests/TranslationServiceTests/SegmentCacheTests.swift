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
        for _ in 0..<2 {
            // On its way at first, on the disk then.
            #expect(await cache.translations(for: [Self.key("a"), Self.key("b"), Self.key("c")]) == stored)
            await cache.flush()
        }
        let found = await disk.cache().translations(for: [Self.key("a"), Self.key("b"), Self.key("c")])
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
                await cache.flush()
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
        await cache.flush()
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
        await cache.flush()
        let removed = try await cache.sweep()
        let left = await cache.translations(for: keys).count
        #expect(removed + left == 20)
        #expect((3...12).contains(left), "\(left) entries of about 300 bytes are left in 2,000")
        #expect(await cache.translations(for: [keys[19]]).count == 1)
        #expect(await cache.translations(for: [keys[0]]).isEmpty)
    }

    /// What is dropped, the oldest first, and how much is read for it.
    @Test func eviction_takesStepsAndLooksAtNothingThatStays() async throws {
        let disk = try await Disk()
        let large = disk.cache(bytes: 1 << 40)
        for second in 0..<20 {
            let entries = (0..<200).map { (Self.key("\(second) \($0)"), Self.translation("some text")) }
            await large.store(Dictionary(entries) { first, _ in first }, owner: second % 2 == 0 ? "ada" : "bob")
            await large.flush()
            disk.time.advance(by: .seconds(1))
        }
        let all = try await size(disk)
        #expect(try await large.sweep() == 0)
        #expect(try await disk.cache(bytes: all).sweep() == 0)
        // A third is to go.
        let cache = disk.cache(bytes: all * 2 / 3)
        #expect(try await cache.sweep(limit: 100) == 100)
        let removed = try await cache.sweep()
        #expect((1300...1400).contains(100 + removed), "\(100 + removed) of 4,000 entries were dropped")
        #expect(try await size(disk) <= all * 2 / 3)
        #expect(try await size(disk) == summedSize(disk))
        #expect(await cache.translations(for: [Self.key("19 7"), Self.key("0 7")]).count == 1)
        // Replaced and taken along, they count once and no more.
        await cache.store([Self.key("19 7"): Self.translation("another text")], owner: "ada")
        try await cache.removeAll(ofOwner: "ada")
        await cache.flush()
        #expect(try await size(disk) == summedSize(disk))
        let plan = try await disk.database.read { connection in
            try connection.query(
                "EXPLAIN QUERY PLAN SELECT digest, bytes FROM segments WHERE 1 = 1 ORDER BY stored_at LIMIT 500"
            ).map { try $0.text("detail") }
        }
        #expect(plan.allSatisfy { $0.contains("segments_by_age") && !$0.contains("B-TREE") }, "\(plan)")
    }

    /// What the cache takes its size for, and what it is.
    private func size(_ disk: Disk) async throws -> Int64 { try await number("SELECT bytes FROM segments_size", disk) }

    private func summedSize(_ disk: Disk) async throws -> Int64 {
        try await number("SELECT CAST(SUM(bytes) AS BIGINT) AS bytes FROM segments", disk)
    }

    private func number(_ statement: SQLStatement, _ disk: Disk) async throws -> Int64 {
        try await disk.database.read { try $0.query(statement).first?.integer("bytes") ?? -1 }
    }

    @Test func slowDisk_keepsNobodyWaiting() async throws {
        let disk = try await Disk()
        let cache = disk.cache()
        let gate = DispatchSemaphore(value: 0)
        // The only writer is busy.
        let busy = Task { try await disk.database.write { _ in gate.wait() } }
        let stored = [Self.key("a"): Self.translation("1")]
        await cache.store(stored, owner: "ada")
        #expect(await cache.translations(for: [Self.key("a")]) == stored)
        gate.signal()
        try await busy.value
        await cache.flush()
        #expect(await disk.cache().translations(for: [Self.key("a")]) == stored)
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
        let slower = disk.cache()
        await slower.store([Self.key("a"): Self.translation("1")], owner: "ada")
        await slower.flush()
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
        await cache.flush()
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

    @Test func segmentsOfOthers_areUsedAndNotToldOf() async throws {
        let disk = try await Disk()
        let base = CountingTranslator(LanguagePair(source: "en", target: "es"))
        // As after a restart: the second time, what is known comes from the disk.
        for _ in 0..<2 {
            let below = disk.cache()
            let cache = MemorySegmentCache(maximumBytes: 1 << 20, slower: below)
            func isCached(_ owner: String) async throws -> Bool {
                let translator = CachingTranslator(base, cache: cache, fingerprint: "f", owner: owner)
                let translation = try await translator.translate(["a secret"], options: .init())[0]
                #expect(translation.text == "[es] a secret")
                return translation.isCached
            }
            _ = try await isCached("ada")
            #expect(try await isCached("ada"))
            #expect(try await !isCached("bob"))
            #expect(try await !isCached("bob"))
            #expect(try await isCached("ada"))
            await below.flush()
        }
        #expect(base.seen.withLock { $0 } == ["a secret"])
    }

    @Test func memory_forgetsWhatIsOld_howeverOftenItIsUsed() async throws {
        let time = ManualTime()
        let cache = MemorySegmentCache(maximumBytes: 1 << 20, lifetime: .seconds(60), environment: time.environment)
        await cache.store([Self.key("a"): Self.translation("1")], owner: "ada")
        for _ in 0..<5 {
            #expect(await cache.translations(for: [Self.key("a")]).count == 1)
            time.advance(by: .seconds(11))
        }
        time.advance(by: .seconds(11))
        #expect(await cache.translations(for: [Self.key("a")]).isEmpty)
        #expect(cache.bytes == 0)
    }

    @Test func erasedOwner_leavesNothingBehind_andNothingMoreIsRemembered() async throws {
        let disk = try await Disk()
        let below = disk.cache()
        await below.store([Self.key("below"): Self.translation("0")], owner: "ada")
        await below.flush()
        let cache = MemorySegmentCache(maximumBytes: 1 << 20, slower: below)
        let keys = ["below", "a", "b", "c"].map(Self.key)
        await cache.store([keys[1]: Self.translation("1")], owner: "ada")
        await cache.store([keys[2]: Self.translation("2")], owner: "bob")
        #expect(await cache.translations(for: Array(keys.prefix(3))).count == 3)
        try await cache.removeAll(ofOwner: "ada")
        // Something that was being translated meanwhile.
        await cache.store([keys[3]: Self.translation("3")], owner: "ada")
        #expect(await Set(cache.translations(for: keys).keys) == [keys[2]])
        await below.flush()
        #expect(await Set(disk.cache().translations(for: keys).keys) == [keys[2]])
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

extension SegmentCache {
    /// What is known of the keys, whoever had it translated.
    fileprivate func translations(for keys: [SegmentKey]) async -> [SegmentKey: SegmentTranslation] {
        await segments(for: keys).mapValues(\.translation)
    }
}
