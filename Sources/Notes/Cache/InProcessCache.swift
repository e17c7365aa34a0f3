package import Environment
internal import Synchronization

/// A cache in memory, for a server that runs alone: with several, a change on one is seen on another when the entry's
/// time is over.
package final class InProcessCache: KeyValueCache {
    private struct State {
        var entries: LRUEntries
        /// How often keys were removed, by their hash: a voucher is good while its count stands. Keys that share a
        /// count only make each other's vouchers void.
        var removals = [UInt64](repeating: 0, count: 1024)
    }

    private let capacity: Int
    private let state: Mutex<State>
    private let now: @Sendable () -> Timestamp

    /// - Parameter capacity: bytes of keys and values, and about 100 for each entry.
    package init(capacity: Int = 32 << 20, environment: ServiceEnvironment) {
        self.capacity = capacity
        state = Mutex(State(entries: LRUEntries(capacity: capacity)))
        now = environment.now
    }

    package func look(up key: String) async -> CacheAnswer {
        let time = now()
        return state.withLock { state in
            if let value = state.entries.use(key, at: time) { return .hit(value) }
            return .miss(CacheVoucher(value: state.removals[Self.slot(key)]))
        }
    }

    package func fill(_ key: String, _ value: [UInt8], timeToLive: Duration, voucher: CacheVoucher) async {
        let expires = now() + timeToLive
        state.withLock { state in
            guard state.removals[Self.slot(key)] == voucher.value else { return }
            state.entries.insert(key, value, expires: expires)
        }
    }

    package func remove(_ key: String) async {
        state.withLock { state in
            state.removals[Self.slot(key)] &+= 1
            state.entries.remove(key)
        }
    }

    /// Forgets everything.
    package func removeAll() {
        state.withLock { state in
            for slot in state.removals.indices { state.removals[slot] &+= 1 }
            state.entries = LRUEntries(capacity: capacity)
        }
    }

    /// Bytes in use, as the capacity counts them.
    package var size: Int { state.withLock { $0.entries.size } }

    private static func slot(_ key: String) -> Int { Int(UInt(bitPattern: key.hashValue) % 1024) }
}
