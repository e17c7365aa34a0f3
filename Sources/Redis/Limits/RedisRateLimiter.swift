package import Environment
package import Identity

/// Buckets that all servers share, in Redis; while it is away, each server's own.
///
/// The bucket is `TokenBucket`'s, as one script, so that servers that ask at the same time are counted one by one. The
/// time is the asking server's, as everywhere: clocks that agree to within a second make limits exact to a second's
/// tokens. When Redis goes away, or takes longer than `RedisClient.Configuration.commandTimeout`, buckets in memory
/// decide, which are full at first.
package final class RedisRateLimiter: RateLimiter {
    /// KEYS[1]: the moment when the bucket will be full. ARGV: now, what a token takes to grow, what all take, all in
    /// microseconds. Answers how much was missing before. `TokenBucket` explains the rest.
    private static let script = RedisScript(
        """
        local now, cost, period = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
        local full = tonumber(redis.call('GET', KEYS[1]) or ARGV[1]) or now
        if full ~= full then full = now end
        local missing = math.min(math.max(full - now, 0), period)
        local after = missing
        if missing + cost <= period then after = missing + cost end
        redis.call('SET', KEYS[1], string.format('%.0f', now + after), 'PX', math.ceil((after + period) / 1000))
        return missing
        """
    )
    /// Longer keys are nobody's: they are counted here alone.
    private static let longestKey = 512

    private let client: RedisClient
    private let local: InProcessRateLimiter

    /// - Parameter capacity: largest number of buckets in memory.
    package init(_ client: RedisClient, capacity: Int = 100_000) {
        self.client = client
        local = InProcessRateLimiter(capacity: capacity)
    }

    package func take(_ key: String, limit: Int, at time: Timestamp) async -> RateDecision {
        guard key.utf8.count <= Self.longestKey, let missing = await missing(key, limit, time) else {
            return await local.take(key, limit: limit, at: time)
        }
        // As the script found it: the same arithmetic comes to the same decision.
        var bucket = TokenBucket(at: time + .microseconds(missing))
        return bucket.take(limit: limit, at: time)
    }

    /// Takes a token, if there is one; nil: Redis does not know.
    /// - Returns: microseconds until the bucket would have been full, before.
    private func missing(_ key: String, _ limit: Int, _ time: Timestamp) async -> Int64? {
        let period = TokenBucket.period.wholeMicroseconds
        // Clamped as the bucket does.
        let growth = period / Int64(min(max(limit, 1), TokenBucket.highestLimit))
        let reply = try? await Self.script.run(
            client,
            key: client.key("limit:" + key),
            "\(time.microseconds)",
            "\(growth)",
            "\(period)"
        )
        guard case .integer(let missing) = reply, (0...period).contains(missing) else { return nil }
        return missing
    }
}
