import MachineTranslation
import Notes
import Redis
import Testing
import TranslationService

extension RedisTests {
    @Suite struct CacheTests {
        private func voucher(_ cache: RedisCache, _ key: String) async -> CacheVoucher? {
            guard case .miss(let voucher) = await cache.look(up: key) else { return nil }
            return voucher
        }

        private func fill(_ cache: RedisCache, _ key: String, _ value: [UInt8]) async throws {
            let voucher = try #require(await voucher(cache, key))
            await cache.fill(key, value, timeToLive: .seconds(100), voucher: voucher)
        }

        // MARK: Notes

        @Test func whatOneServerPutInOrRemoved_anotherFindsOrMisses() async throws {
            try await withClients(2) { clients in
                let (one, other) = (RedisCache(clients[0]), RedisCache(clients[1]))
                try await fill(one, "a", [1])
                #expect(await other.look(up: "a") == .hit([1]))
                await other.remove("a")
                #expect(await voucher(one, "a") != nil)
            }
        }

        @Test func staleReader_cannotPutInAfterAnotherServersRemoval() async throws {
            try await withClients(2) { clients in
                let (one, other) = (RedisCache(clients[0]), RedisCache(clients[1]))
                let stale = try #require(await voucher(one, "a"))
                await other.remove("a")
                await one.fill("a", [1], timeToLive: .seconds(100), voucher: stale)
                #expect(await voucher(other, "a") != nil)
                // Nor where somebody else has a lease by now, or has filled it.
                await one.fill("a", [1], timeToLive: .seconds(100), voucher: stale)
                try await fill(other, "a", [2])
                await one.fill("a", [1], timeToLive: .seconds(100), voucher: stale)
                #expect(await one.look(up: "a") == .hit([2]))
            }
        }

        @Test func staleReader_cannotPutInAfterTheServerForgotEverything() async throws {
            try await withClients(1) { clients in
                let cache = RedisCache(clients[0])
                let stale = try #require(await voucher(cache, "a"))
                for key in try await keys(of: clients[0]) {
                    _ = try await clients[0].send(RedisCommand("DEL", .bytes(key)))
                }
                await cache.fill("a", [1], timeToLive: .seconds(100), voucher: stale)
                #expect(await voucher(cache, "a") != nil)
            }
        }

        @Test func readersThatMissTogether_mayAllPutIn() async throws {
            try await withClients(2) { clients in
                let (one, other) = (RedisCache(clients[0]), RedisCache(clients[1]))
                let first = try #require(await voucher(one, "a"))
                let second = try #require(await voucher(other, "a"))
                #expect(first == second)
                await one.fill("a", [1], timeToLive: .seconds(100), voucher: first)
                #expect(await other.look(up: "a") == .hit([1]))
            }
        }

        @Test func leasesEnd() async throws {
            try await withClients(1) { clients in
                _ = await RedisCache(clients[0]).look(up: "a")
                try await letTimePass(.seconds(31), on: clients[0])
                #expect(try await keys(of: clients[0]).isEmpty)
            }
        }

        @Test(arguments: [[], [0], [1], [9, 9], [UInt8](repeating: 7, count: 9), [UInt8](repeating: 1, count: 8)])
        func whatSomebodyElseLeft_isNoTrap(bytes: [UInt8]) async throws {
            try await withClients(1) { clients in
                let (cache, key) = (RedisCache(clients[0]), clients[0].prefix + "note:a")
                _ = try await clients[0].send(RedisCommand("SET", .text(key), .bytes(bytes)))
                #expect(await voucher(cache, "a") != nil)
                _ = try await clients[0].send(RedisCommand("DEL", .text(key)))
                _ = try await clients[0].send(RedisCommand("LPUSH", .text(key), "x"))
                #expect(await voucher(cache, "a") != nil)
                await cache.remove("a")
                try await fill(cache, "a", [3])
                #expect(await cache.look(up: "a") == .hit([3]))
            }
        }

        @Test func tooLargeOrTooShortLived_isNotKept() async throws {
            try await withClients(1) { clients in
                let cache = RedisCache(clients[0], maximumBytes: 1000)
                try await fill(cache, "large", [UInt8](repeating: 1, count: 1001))
                #expect(await voucher(cache, "large") != nil)
                try await fill(cache, "fits", [UInt8](repeating: 1, count: 1000))
                #expect(await cache.look(up: "fits") == .hit([UInt8](repeating: 1, count: 1000)))
                let none = try #require(await voucher(cache, "short"))
                await cache.fill("short", [1], timeToLive: .zero, voucher: none)
                #expect(await voucher(cache, "short") != nil)
                let long = String(repeating: "k", count: 10_000)
                try await fill(cache, long, [1])
                #expect(await voucher(cache, long) != nil)
            }
        }

        // MARK: Segments

        private func key(_ name: String) -> SegmentKey { SegmentKey(digest: name) }

        private func translation(_ text: String, _ remark: SegmentTranslation.Remark? = nil) -> SegmentTranslation {
            SegmentTranslation(text: text, confidence: 0.25, alternatives: ["uno", "", "dós"], remark: remark)
        }

        @Test func segments_comeBackUnchangedOnAnotherServer() async throws {
            try await withClients(2) { clients in
                let (one, other) = (RedisSegmentCache(clients[0]), RedisSegmentCache(clients[1]))
                let stored = [
                    key("a"): translation("¡Hola! \u{1F600}\0", .doubtful), key("b"): translation("", .copied),
                    key("c"): SegmentTranslation(text: String(repeating: "ñ", count: 5000), confidence: 1),
                ]
                await one.store(stored, owner: "ada")
                let found = await other.translations(for: [key("a"), key("b"), key("c"), key("d")])
                #expect(found == stored)
                #expect(await other.translations(for: []).isEmpty)
            }
        }

        @Test func thousandsOfSegments_areStoredAndFound() async throws {
            try await withClients(1) { clients in
                let cache = RedisSegmentCache(clients[0])
                let stored = Dictionary(uniqueKeysWithValues: (0..<3000).map { (key("k\($0)"), translation("\($0)")) })
                await cache.store(stored, owner: "ada")
                #expect(await cache.translations(for: Array(stored.keys)) == stored)
            }
        }

        @Test func segments_leaveWhenTheirTimeIsOver() async throws {
            try await withClients(1) { clients in
                let cache = RedisSegmentCache(clients[0], lifetime: .seconds(100))
                await cache.store([key("a"): translation("1")], owner: "ada")
                try await letTimePass(.seconds(99), on: clients[0])
                #expect(await cache.translations(for: [key("a")]).count == 1)
                try await letTimePass(.seconds(2), on: clients[0])
                #expect(await cache.translations(for: [key("a")]).isEmpty)
                #expect(try await keys(of: clients[0]).isEmpty)
            }
        }

        @Test func segments_leaveWithTheirOwner() async throws {
            try await withClients(2) { clients in
                let (one, other) = (RedisSegmentCache(clients[0]), RedisSegmentCache(clients[1]))
                func store(_ range: Range<Int>, _ owner: String) async {
                    let entries = range.map { (key("k\($0)"), translation("\($0)")) }
                    await one.store(Dictionary(uniqueKeysWithValues: entries), owner: owner)
                }
                await store(0..<2000, "ada")
                await store(2000..<3000, "bob")
                // What was stored last decides whose it is.
                await store(1990..<2000, "bob")
                // Other keys have nothing to fear.
                _ = await RedisCache(clients[0]).look(up: "ada")
                try await other.removeAll(ofOwner: "ada")
                let found = await other.translations(for: (0..<3000).map { key("k\($0)") })
                #expect(Set(found.keys) == Set((1990..<3000).map { key("k\($0)") }))
                #expect(try await keys(of: clients[0]).count == 1011)
            }
        }

        @Test func largeSegment_isNotKept() async throws {
            try await withClients(1) { clients in
                let cache = RedisSegmentCache(clients[0])
                let large = SegmentTranslation(text: String(repeating: "x", count: 40_000), confidence: 1)
                await cache.store([key("large"): large, key("small"): translation("1")], owner: "ada")
                #expect(await Set(cache.translations(for: [key("large"), key("small")]).keys) == [key("small")])
            }
        }

        @Test func segmentCacheInMemory_liesOnTopOfIt() async throws {
            try await withClients(1) { clients in
                let below = RedisSegmentCache(clients[0])
                let cache = MemorySegmentCache(maximumBytes: 1 << 20, slower: below)
                await below.store([key("a"): translation("1")], owner: "ada")
                #expect(await cache.translations(for: [key("a")]).count == 1)
                try await cache.removeAll(ofOwner: "ada")
                #expect(await cache.translations(for: [key("a")]).isEmpty)
            }
        }
    }
}

struct SegmentCodecTests {
    private let translation = SegmentTranslation(
        text: "Hola",
        confidence: 0.5,
        alternatives: [String(repeating: "ñ", count: 100), ""],
        remark: .doubtful
    )

    @Test func entryIsSmallAndBeginsWithItsOwnersMark() {
        let bytes = SegmentCodec.encode(translation, owner: "ada")
        #expect(bytes.starts(with: SegmentCodec.mark(of: "ada")))
        #expect(!bytes.starts(with: SegmentCodec.mark(of: "bob")))
        #expect(bytes.count == 18 + 5 + 202 + 1)
        #expect(SegmentCodec.decode(bytes) == RememberedSegment(translation, owner: OwnerMark("ada")))
    }

    @Test func damagedEntryIsNoneOrAnother_andNeverATrap() {
        let bytes = SegmentCodec.encode(translation, owner: "ada")
        for length in 0..<18 { #expect(SegmentCodec.decode(Array(bytes.prefix(length))) == nil) }
        #expect(SegmentCodec.decode(Array(bytes.prefix(18))) == nil)
        #expect(SegmentCodec.decode(Array(bytes.prefix(40))) == nil)
        for place in bytes.indices {
            for value in [0, 1, 0x7F, 0x80, 0xFF] as [UInt8] {
                var damaged = bytes
                damaged[place] = value
                guard let read = SegmentCodec.decode(damaged)?.translation else { continue }
                #expect((0...1).contains(read.confidence))
                #expect(read.text.utf8.count + read.alternatives.reduce(0) { $0 + $1.utf8.count } <= bytes.count)
            }
        }
        #expect(SegmentCodec.decode([UInt8](repeating: 0xFF, count: 1000)) == nil)
        // Lengths without end.
        #expect(SegmentCodec.decode(Array(bytes.prefix(18)) + [UInt8](repeating: 0x80, count: 1000)) == nil)
    }
}

extension SegmentCache {
    /// What is known of the keys, whoever had it translated.
    func translations(for keys: [SegmentKey]) async -> [SegmentKey: SegmentTranslation] {
        await segments(for: keys).mapValues(\.translation)
    }
}
