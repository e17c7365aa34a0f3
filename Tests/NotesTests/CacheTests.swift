import Contracts
import Environment
import Notes
import Testing

struct CacheTests {
    private func fill(_ cache: InProcessCache, _ key: String, _ size: Int) async {
        guard case .miss(let voucher) = await cache.look(up: key) else { return }
        await cache.fill(key, [UInt8](repeating: 7, count: size), timeToLive: .seconds(300), voucher: voucher)
    }

    private func isThere(_ cache: InProcessCache, _ key: String) async -> Bool {
        if case .hit = await cache.look(up: key) { true } else { false }
    }

    @Test func whatWasNotUsedForLongestMakesRoom() async {
        // Room for three entries of 1,000 bytes and what they cost beside.
        let cache = InProcessCache(capacity: 3 * 1101, environment: ManualTime().environment)
        for key in ["a", "b", "c"] { await fill(cache, key, 1000) }
        #expect(await isThere(cache, "a"))
        await fill(cache, "d", 1000)
        #expect(await isThere(cache, "b") == false)
        for key in ["a", "c", "d"] { #expect(await isThere(cache, key)) }
        await fill(cache, "e", 2000)
        #expect(await isThere(cache, "d"))
        #expect(await isThere(cache, "e"))
        #expect(await isThere(cache, "a") == false)
    }

    @Test func anEntryLargerThanEverythingIsNotKept() async {
        let cache = InProcessCache(capacity: 1000, environment: ManualTime().environment)
        await fill(cache, "a", 100)
        await fill(cache, "b", 10_000)
        #expect(await isThere(cache, "b") == false)
        #expect(await isThere(cache, "a"))
    }

    /// Compared with a plain list that is searched from end to end.
    @Test(arguments: [1, 2, 3]) func itAgreesWithASimpleModel(_ seed: UInt64) async {
        let time = ManualTime(seed: seed)
        let cache = InProcessCache(capacity: 20 * 111, environment: time.environment)
        // Used last first; an entry of 10 bytes and a key of one letter costs 111.
        var model: [(key: String, until: Timestamp)] = []
        for _ in 0..<5000 {
            let key = String(UnicodeScalar(UInt8(97 + time.random() % 26)))
            switch time.random() % 8 {
            case 0:
                await cache.remove(key)
                model.removeAll { $0.key == key }
            case 1:
                time.advance(by: .seconds(30))
            default:
                let place = model.firstIndex { $0.key == key && time.now < $0.until }
                #expect(await isThere(cache, key) == (place != nil))
                model.removeAll { $0.key == key && place == nil }
                if let place {
                    model.insert(model.remove(at: place), at: 0)
                } else {
                    await fill(cache, key, 10)
                    model.insert((key, time.now + .seconds(300)), at: 0)
                    if model.count > 20 { model.removeLast() }
                }
            }
            #expect(cache.size == model.count * 111)
        }
    }

    @Test func usedFromEverywhereAtOnceItStaysWithinItsSize() async {
        let cache = InProcessCache(capacity: 50_000, environment: ManualTime().environment)
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<8 {
                group.addTask {
                    for number in 0..<500 {
                        let key = "\((number * (task + 1)) % 100)"
                        await fill(cache, key, number)
                        if number % 7 == 0 { await cache.remove(key) }
                    }
                }
            }
        }
        #expect(cache.size <= 50_000)
    }
}
