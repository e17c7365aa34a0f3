internal import Environment
package import MachineTranslation
package import TranslationService

/// Translated segments that all servers share, in Redis.
///
/// **What lies there.** Users' translated texts, readable by whoever can read the server's memory or its dumps; the
/// sources are not there, only their digests. Each is gone after `lifetime`, or when its owner's are removed, or when the
/// server needs room (`maxmemory` with a policy of `allkeys-lru` or `allkeys-lfu` suits it).
///
/// **Owners.** An entry begins with a mark of the owner on whose behalf it was stored last, and `removeAll` looks through
/// the marks of all entries. That takes longer than a list for each owner would (some seconds for a million entries),
/// but it is rare, and it finds everything, also where the server has dropped what it liked. Marks are hashes: an owner
/// who shares one loses entries too.
///
/// **Redis away.** Nothing is found and nothing is kept, but `removeAll` fails.
package struct RedisSegmentCache: SegmentCache {
    /// Of one command.
    private static let segmentsAtOnce = 256
    /// Larger entries are not kept.
    private static let maximumBytes = 32 << 10

    private let client: RedisClient
    private let prefix: String
    private let lifetime: Duration

    /// - Parameter lifetime: how long a translation is kept.
    package init(_ client: RedisClient, lifetime: Duration = .seconds(86_400)) {
        self.client = client
        self.lifetime = lifetime
        prefix = client.key("segment:")
    }

    package func segments(for keys: [SegmentKey]) async -> [SegmentKey: RememberedSegment] {
        var found: [SegmentKey: RememberedSegment] = [:]
        for part in Self.parts(keys) {
            let command = RedisCommand(["MGET"] + part.map { .text(place($0)) })
            // While one part cannot be had, the next cannot either.
            guard let values = try? await client.send(command).array, values.count == part.count else { break }
            for (key, value) in zip(part, values) {
                if let bytes = value.bytes { found[key] = SegmentCodec.decode(bytes) }
            }
        }
        return found
    }

    package func store(_ translations: [SegmentKey: SegmentTranslation], owner: String) async {
        let milliseconds = lifetime.wholeMicroseconds / 1000
        guard milliseconds > 0 else { return }
        for part in Self.parts(Array(translations)) {
            let commands = part.compactMap { key, translation -> RedisCommand? in
                let value = SegmentCodec.encode(translation, owner: owner)
                guard value.count <= Self.maximumBytes else { return nil }
                return RedisCommand("SET", .text(place(key)), .bytes(value), "PX", "\(milliseconds)")
            }
            guard !commands.isEmpty else { continue }
            // What cannot be remembered now is translated again another time.
            guard (try? await client.send(commands)) != nil else { return }
        }
    }

    /// - Throws: `RedisError` while Redis is away.
    package func removeAll(ofOwner owner: String) async throws {
        _ = try await KeySweep(client, prefix: prefix).remove(startingWith: SegmentCodec.mark(of: owner))
    }

    private func place(_ key: SegmentKey) -> String { prefix + key.digest }

    private static func parts<Element>(_ elements: [Element]) -> [ArraySlice<Element>] {
        stride(from: 0, to: elements.count, by: segmentsAtOnce).map {
            elements[$0..<min($0 + segmentsAtOnce, elements.count)]
        }
    }
}
