import Contracts
import Environment
import Identity
import Redis
import Testing

extension RedisTests {
    @Suite struct LimiterTests {
        private func admitted(_ count: Int, by limiters: [RedisRateLimiter], limit: Int) async -> Int {
            await withTaskGroup(of: Int.self) { group in
                for number in 0..<64 {
                    group.addTask {
                        var admitted = 0
                        for _ in 0..<count / 64 {
                            let decision = await limiters[number % limiters.count]
                                .take("ada", limit: limit, at: ManualTime.start)
                            if decision.isAdmitted { admitted += 1 }
                        }
                        return admitted
                    }
                }
                return await group.reduce(0, +)
            }
        }

        @Test func twoServersWithManyTakersLetExactlyTheLimitPass() async throws {
            try await withClients(2) { clients in
                let limiters = clients.map { RedisRateLimiter($0) }
                #expect(await admitted(1280, by: limiters, limit: 333) == 333)
                #expect(clients.allSatisfy { $0.status.commands >= 640 && $0.status.failures == 0 })
            }
        }

        @Test func decisionsAreThoseOfOneBucketInMemory() async throws {
            try await withClients(1) { clients in
                let (limiter, time) = (RedisRateLimiter(clients[0]), ManualTime(seed: 7))
                var bucket = TokenBucket(at: time.now)
                for _ in 0..<500 {
                    // Clocks that go back, limits that change, waits of all lengths.
                    let span = Duration.microseconds(Int64(time.random() % 20_000_000) - 5_000_000)
                    let limit = [1, 2, 7, 60, 1_000_003][Int(time.random() % 5)]
                    time.advance(by: span)
                    let expected = bucket.take(limit: limit, at: time.now)
                    #expect(await limiter.take("ada", limit: limit, at: time.now) == expected)
                }
            }
        }

        @Test func bucketsLeaveRedisWhenTheyAreFullForAWhile() async throws {
            try await withClients(1) { clients in
                _ = await RedisRateLimiter(clients[0]).take("ada", limit: 10, at: ManualTime.start)
                #expect(try await keys(of: clients[0]).count == 1)
                try await letTimePass(.seconds(66), on: clients[0])
                #expect(try await keys(of: clients[0]).isEmpty)
            }
        }

        @Test func serverThatForgotTheScriptIsSentItAgain() async throws {
            try await withClients(1) { clients in
                let limiter = RedisRateLimiter(clients[0])
                _ = await limiter.take("ada", limit: 2, at: ManualTime.start)
                _ = try await clients[0].send(RedisCommand("SCRIPT", "FLUSH"))
                #expect(await limiter.take("ada", limit: 2, at: ManualTime.start).remaining == 0)
                #expect(clients[0].status.refusals == 0)
            }
        }

        @Test(arguments: ["nonsense", "nan", "inf", "-1e300", "9e99", ""])
        func nonsenseInPlaceOfABucketLocksNobodyOut(nonsense: String) async throws {
            try await withClients(1) { clients in
                let key = clients[0].prefix + "limit:ada"
                _ = try await clients[0].send(RedisCommand("SET", .text(key), .text(nonsense)))
                let limiter = RedisRateLimiter(clients[0])
                _ = await limiter.take("ada", limit: 60, at: ManualTime.start)
                #expect(await limiter.take("ada", limit: 60, at: ManualTime.start + .seconds(60)).isAdmitted)
            }
        }

        @Test func keyThatIsTooLongIsCountedHere() async throws {
            try await withClients(1) { clients in
                let (limiter, key) = (RedisRateLimiter(clients[0]), String(repeating: "k", count: 100_000))
                #expect(await limiter.take(key, limit: 1, at: ManualTime.start).isAdmitted)
                #expect(await !limiter.take(key, limit: 1, at: ManualTime.start).isAdmitted)
                let keys = try await keys(of: clients[0])
                #expect(keys.isEmpty)
            }
        }
    }
}
