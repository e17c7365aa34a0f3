internal import Synchronization

/// Keys that have to be removed before a cache can be trusted again, because the server was away when they should have
/// been.
final class UnfinishedRemovals: Sendable {
    private struct State {
        /// How often each was to be removed.
        var keys: [String: Int] = [:]
        /// There were too many to remember: all keys have to go.
        var isEverything = false
        var overflows = 0
        /// Somebody is at it.
        var isSettling = false
    }

    private static let capacity = 10_000
    private static let keysAtOnce = 500

    private let client: RedisClient
    private let prefix: String
    private let state = Mutex(State())

    /// - Parameter prefix: what all keys of the cache begin with.
    init(_ client: RedisClient, prefix: String) {
        self.client = client
        self.prefix = prefix
    }

    /// Removes a key, or remembers that it has to be.
    func remove(_ key: String) async {
        do {
            _ = try await client.send(RedisCommand("UNLINK", .text(key)))
        } catch {
            state.withLock { state in
                if state.keys.count < Self.capacity {
                    state.keys[key, default: 0] += 1
                } else {
                    state.isEverything = true
                    state.overflows += 1
                }
            }
        }
    }

    /// Removes what has to be, unless somebody else is at it.
    /// - Returns: whether nothing is left.
    func settle() async -> Bool {
        let due = state.withLock { state -> State? in
            guard state.isEverything || !state.keys.isEmpty, !state.isSettling else { return nil }
            state.isSettling = true
            return state
        }
        if let due {
            try? await settle(due)
            state.withLock { $0.isSettling = false }
        }
        return state.withLock { $0.keys.isEmpty && !$0.isEverything }
    }

    private func settle(_ due: State) async throws(RedisError) {
        if due.isEverything {
            _ = try await KeySweep(client, prefix: prefix).remove()
            state.withLock { if $0.overflows == due.overflows { $0.isEverything = false } }
        }
        var rest = Array(due.keys.keys)[...]
        while !rest.isEmpty {
            let part = rest.prefix(Self.keysAtOnce)
            _ = try await client.send(RedisCommand(["UNLINK"] + part.map { .text($0) }))
            rest = rest.dropFirst(part.count)
            // What was to be removed once more meanwhile stays on the list.
            state.withLock { state in
                for key in part where state.keys[key] == due.keys[key] { state.keys[key] = nil }
            }
        }
    }
}
