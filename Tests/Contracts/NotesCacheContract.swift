internal import Environment
package import Notes
internal import Testing

/// What every `KeyValueCache` promises, with nothing in it. `letTimePass` makes so much time go by for the cache.
package struct KeyValueCacheContract: Sendable {
    let cache: any KeyValueCache
    let letTimePass: @Sendable (Duration) async -> Void

    package init(cache: any KeyValueCache, letTimePass: @escaping @Sendable (Duration) async -> Void) {
        self.cache = cache
        self.letTimePass = letTimePass
    }

    private func voucher(_ key: String) async throws -> CacheVoucher {
        guard case .miss(let voucher) = await cache.look(up: key) else {
            Issue.record("Something is there under '\(key)'.")
            throw CancellationError()
        }
        return voucher
    }

    private func fill(_ key: String, _ text: String, _ timeToLive: Duration = .seconds(300)) async throws {
        await cache.fill(key, Array(text.utf8), timeToLive: timeToLive, voucher: try await voucher(key))
    }

    private func isHit(_ key: String, _ text: String) async -> Bool {
        await cache.look(up: key) == .hit(Array(text.utf8))
    }

    package static let cases: [ContractCase<KeyValueCacheContract>] = [
        ContractCase("what was put in is found, under its key only") { suite async throws in
            for (number, text) in JobStoreContract.hostileTexts.enumerated() {
                try await suite.fill("\(number):\(text.prefix(50))", text)
                #expect(await suite.isHit("\(number):\(text.prefix(50))", text))
                _ = try await suite.voucher("x\(number)")
            }
            try await suite.fill("empty", "")
            #expect(await suite.isHit("empty", ""))
        },
        ContractCase("what was removed is gone") { suite async throws in
            try await suite.fill("a", "1")
            try await suite.fill("b", "2")
            await suite.cache.remove("a")
            await suite.cache.remove("unknown")
            _ = try await suite.voucher("a")
            #expect(await suite.isHit("b", "2"))
        },
        ContractCase("what was read before a removal cannot be put in after it") { suite async throws in
            let stale = try await suite.voucher("a")
            await suite.cache.remove("a")
            await suite.cache.fill("a", [1], timeToLive: .seconds(300), voucher: stale)
            let fresh = try await suite.voucher("a")
            await suite.cache.fill("a", [2], timeToLive: .seconds(300), voucher: fresh)
            #expect(await suite.cache.look(up: "a") == .hit([2]))
        },
        ContractCase("an entry's time ends") { suite async throws in
            try await suite.fill("a", "1", .seconds(10))
            try await suite.fill("b", "2", .seconds(30))
            await suite.letTimePass(.seconds(9))
            #expect(await suite.isHit("a", "1"))
            await suite.letTimePass(.seconds(2))
            _ = try await suite.voucher("a")
            #expect(await suite.isHit("b", "2"))
        },
        ContractCase("of values put in one after the other, the last is found") { suite async throws in
            let voucher = try await suite.voucher("a")
            for byte in UInt8(1)...3 {
                await suite.cache.fill("a", [byte], timeToLive: .seconds(300), voucher: voucher)
            }
            #expect(await suite.cache.look(up: "a") == .hit([3]))
        },
    ]
}
