/// Walks through all keys with a prefix and removes those that are concerned. Keys that come and go meanwhile may be
/// seen or not; those that are there all the time are.
struct KeySweep {
    private static let keysAtOnce = 500
    /// However many keys there seem to be.
    private static let longest = Duration.seconds(300)

    private let client: RedisClient
    private let pattern: String

    init(_ client: RedisClient, prefix: String) {
        self.client = client
        // Within a pattern of SCAN, these mean something.
        let special: Set<Character> = ["*", "?", "[", "]", "\\", "^", "-"]
        pattern = prefix.map { special.contains($0) ? "\\\($0)" : String($0) }.joined() + "*"
    }

    /// - Parameter start: removes only values that begin with these bytes.
    /// - Returns: how many keys were removed.
    /// - Throws: `RedisError`; what has been removed by then is.
    func remove(startingWith start: [UInt8] = []) async throws(RedisError) -> Int {
        let deadline = ContinuousClock.now + Self.longest
        var removed = 0
        var cursor = "0"
        repeat {
            guard .now < deadline else {
                throw RedisError(.timedOut, "The keys in Redis could not be looked through within \(Self.longest).")
            }
            let page = try await client.send(
                RedisCommand("SCAN", .text(cursor), "MATCH", .text(pattern), "COUNT", "\(Self.keysAtOnce)")
            )
            guard let parts = page.array, parts.count == 2, let next = parts[0].text, let names = parts[1].array else {
                throw RedisError(.unexpectedReply, "Redis answered a SCAN with something else than keys.")
            }
            removed += try await remove(names.compactMap(\.bytes), start)
            cursor = next
        } while cursor != "0"
        return removed
    }

    private func remove(_ keys: [[UInt8]], _ start: [UInt8]) async throws(RedisError) -> Int {
        guard !keys.isEmpty else { return 0 }
        var concerned = keys
        if !start.isEmpty {
            let starts = try await client.send(
                keys.map { RedisCommand("GETRANGE", .bytes($0), "0", "\(start.count - 1)") }
            )
            concerned = zip(keys, starts).filter { $1.bytes == start }.map { $0.0 }
        }
        guard !concerned.isEmpty else { return 0 }
        guard case .integer(let count) = try await client.send(RedisCommand(["UNLINK"] + concerned.map { .bytes($0) }))
        else { return 0 }
        return Int(clamping: count)
    }
}
