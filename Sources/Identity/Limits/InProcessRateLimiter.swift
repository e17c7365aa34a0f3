package import Environment
internal import Synchronization

/// Buckets in memory, for a server that runs alone. With several, each lets the full rate through.
package final class InProcessRateLimiter: RateLimiter {
    private let buckets: Mutex<BoundedMap<String, TokenBucket>>

    /// - Parameter capacity: largest number of buckets; those used last are kept.
    package init(capacity: Int = 100_000) { buckets = Mutex(BoundedMap(capacity: capacity)) }

    package func take(_ key: String, limit: Int, at time: Timestamp) async -> RateDecision {
        buckets.withLock { buckets in
            var bucket = buckets[key] ?? TokenBucket(at: time)
            let decision = bucket.take(limit: limit, at: time)
            buckets[key] = bucket
            return decision
        }
    }

    /// Buckets in memory.
    package var count: Int { buckets.withLock { $0.count } }
}
