internal import Environment
package import Notes
internal import Synchronization

/// A cache that all servers share, in Redis: a change on one is seen on all others at once.
///
/// **Vouchers.** A look-up that finds nothing leaves a lease behind, under the key itself: a random number, for
/// `leaseTime`. It is the voucher. A value goes in only where that lease still stands, or a value that came in under it;
/// a removal takes lease or value away, and a server that restarts or needs room forgets them, so that what was read
/// before cannot go in after.
///
/// **Redis away.** Nothing is found and nothing is kept. What was to be removed meanwhile is remembered, and removed
/// before anything is found again. Other servers may find it until then if only this one cannot reach Redis, and no longer
/// than its time to live.
package final class RedisCache: KeyValueCache {
    /// Puts ARGV[2] under KEYS[1], for ARGV[3] milliseconds, where the entry's number is ARGV[1].
    private static let filling = RedisScript(
        """
        if redis.call('GETRANGE', KEYS[1], 1, 8) ~= ARGV[1] then return 0 end
        redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
        return 1
        """
    )
    /// What an entry begins with; then come the eight bytes of its lease, and its value.
    private enum Kind {
        static let lease: UInt8 = 0
        static let value: UInt8 = 1
    }

    private static let nobodys = CacheVoucher(value: 0)
    private static let leaseTime = Duration.seconds(30)
    private static let longestKey = 512

    private let client: RedisClient
    private let prefix: String
    private let maximumBytes: Int
    private let unfinished: UnfinishedRemovals

    /// - Parameters:
    ///   - name: tells this cache's keys from others'.
    ///   - maximumBytes: larger values are not kept.
    package init(_ client: RedisClient, name: String = "note", maximumBytes: Int = 1 << 20) {
        self.client = client
        prefix = client.key(name + ":")
        self.maximumBytes = maximumBytes
        unfinished = UnfinishedRemovals(client, prefix: prefix)
    }

    package func look(up key: String) async -> CacheAnswer {
        guard let place = place(key), await unfinished.settle() else { return .miss(Self.nobodys) }
        do {
            if let entry = try await client.send(RedisCommand("GET", .text(place))).bytes { return Self.answer(entry) }
            // Somebody else may have left a lease, or even a value, in between: then that counts.
            let replies = try await client.send([
                RedisCommand(
                    "SET",
                    .text(place),
                    .bytes(Self.entry(Kind.lease, client.environment.random() | 1)),
                    "NX",
                    "PX",
                    "\(Self.leaseTime.wholeMicroseconds / 1000)"
                ),
                RedisCommand("GET", .text(place)),
            ])
            return replies.last?.bytes.map(Self.answer) ?? .miss(Self.nobodys)
        } catch {
            return .miss(Self.nobodys)
        }
    }

    package func fill(_ key: String, _ value: [UInt8], timeToLive: Duration, voucher: CacheVoucher) async {
        let milliseconds = timeToLive.wholeMicroseconds / 1000
        guard voucher != Self.nobodys, milliseconds > 0, value.count <= maximumBytes, let place = place(key),
            await unfinished.settle()
        else { return }
        let entry = Self.entry(Kind.value, voucher.value)
        // What is not kept is read again another time.
        _ = try? await Self.filling.run(
            client,
            key: place,
            .bytes(Array(entry.dropFirst())),
            .bytes(entry + value),
            "\(milliseconds)"
        )
    }

    package func remove(_ key: String) async {
        guard let place = place(key) else { return }
        await unfinished.remove(place)
    }

    /// The key in Redis; nil for one under which nothing is kept.
    private func place(_ key: String) -> String? { key.utf8.count <= Self.longestKey ? prefix + key : nil }

    private static func entry(_ kind: UInt8, _ number: UInt64) -> [UInt8] {
        [kind] + withUnsafeBytes(of: number.littleEndian, Array.init)
    }

    private static func answer(_ entry: [UInt8]) -> CacheAnswer {
        guard entry.count >= 9 else { return .miss(nobodys) }
        if entry[0] == Kind.value { return .hit(Array(entry[9...])) }
        let number = entry[1..<9].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return .miss(CacheVoucher(value: number))
    }
}
