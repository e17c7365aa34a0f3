internal import Environment
package import Identity
internal import Testing

/// What every `RateLimiter` promises, with no key seen yet.
package struct RateLimiterContract: Sendable {
    let limiter: any RateLimiter

    package init(limiter: any RateLimiter) { self.limiter = limiter }

    private static let start = ManualTime.start

    /// How many of that many requests, one right after the other, are let through.
    private func admitted(_ requests: Int, _ key: String = "ada", limit: Int = 10, at time: Timestamp) async -> Int {
        var admitted = 0
        for _ in 0..<requests where await limiter.take(key, limit: limit, at: time).isAdmitted { admitted += 1 }
        return admitted
    }

    package static let cases: [ContractCase<RateLimiterContract>] = [
        ContractCase("as many as the limit pass at once, and then none") { suite async throws in
            for number in 1...10 {
                let decision = await suite.limiter.take("ada", limit: 10, at: start)
                #expect(decision.isAdmitted && decision.limit == 10 && decision.remaining == 10 - number)
                #expect(decision.resetAfter == .seconds(6 * number))
            }
            let refused = await suite.limiter.take("ada", limit: 10, at: start)
            #expect(refused.retryAfter == .seconds(6) && refused.remaining == 0)
            #expect(refused.resetAfter == .seconds(60))
        },
        ContractCase("who waits as told gets through") { suite async throws in
            _ = await suite.admitted(10, at: start)
            let refused = await suite.limiter.take("ada", limit: 10, at: start + .seconds(1))
            let wait = try #require(refused.retryAfter)
            #expect(await suite.admitted(1, at: start + .seconds(1) + wait + .microseconds(-1)) == 0)
            #expect(await suite.admitted(2, at: start + .seconds(1) + wait) == 1)
        },
        ContractCase("the bucket fills evenly, and no further than full") { suite async throws in
            _ = await suite.admitted(10, at: start)
            #expect(await suite.admitted(10, at: start + .seconds(30)) == 5)
            #expect(await suite.admitted(99, at: start + .seconds(3600)) == 10)
        },
        ContractCase("keys do not touch each other") { suite async throws in
            _ = await suite.admitted(99, at: start)
            #expect(await suite.admitted(99, "eve", at: start) == 10)
        },
        ContractCase("requests at once are counted one by one") { suite async throws in
            let admitted = await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<300 {
                    group.addTask { await suite.limiter.take("ada", limit: 100, at: start).isAdmitted }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(admitted == 100)
        },
        ContractCase("another limit holds from then on") { suite async throws in
            _ = await suite.admitted(10, at: start)
            // The bucket is empty whatever its size, and fills faster.
            #expect(await suite.admitted(99, limit: 100, at: start + .seconds(6)) == 10)
            #expect(await suite.limiter.take("ada", limit: 0, at: start + .seconds(3600)).limit == 1)
        },
        ContractCase("the highest limit that a setting takes is kept, and none is said to be left that is not") {
            suite async throws in
            for limit in [9_000_000, TokenBucket.highestLimit] {
                let decision = await suite.limiter.take("fast \(limit)", limit: limit, at: start)
                #expect(decision.isAdmitted && decision.limit == limit && decision.remaining <= limit)
                #expect(decision.remaining >= limit - 1)
            }
        },
        ContractCase("a clock that is set back locks nobody out for longer than an empty bucket") {
            suite async throws in
            _ = await suite.admitted(10, at: start + .seconds(3600))
            #expect(await suite.limiter.take("ada", limit: 10, at: start).retryAfter == .seconds(6))
            #expect(await suite.admitted(1, at: start + .seconds(6)) == 1)
        },
    ]
}
