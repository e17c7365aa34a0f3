package import Environment
package import MachineTranslation
internal import Synchronization

/// The segments used last, in memory, over a slower cache that holds more.
///
/// Entries leave after `lifetime`, whether they are used or not: so nothing that another process removed below stays for
/// longer.
package final class MemorySegmentCache: SegmentCache {
    private struct Entry {
        var segment: RememberedSegment
        var bytes: Int
        var expires: Timestamp
        /// Rises with every use.
        var usedAt: UInt64 = 0
    }

    private struct State {
        var entries: [SegmentKey: Entry] = [:]
        /// Uses in order; outdated where the entry was used again since.
        var uses: [(key: SegmentKey, at: UInt64)] = []
        var oldest = 0
        var clock: UInt64 = 0
        var bytes = 0
        /// Owners who were erased: what is still being translated on their behalf is not remembered.
        var erased: Set<OwnerMark> = []
    }

    /// Erased owners that are known at a time; they do not come back, and what they had begun ends soon.
    private static let erasedOwners = 10_000

    private let maximumBytes: Int
    private let lifetime: Duration
    private let now: @Sendable () -> Timestamp
    private let slower: (any SegmentCache)?
    private let state = Mutex(State())

    /// - Parameters:
    ///   - maximumBytes: the size of all entries, as estimated.
    ///   - lifetime: how long an entry is found.
    ///   - slower: asked for what is not here, and told of everything.
    package init(
        maximumBytes: Int,
        lifetime: Duration = .seconds(600),
        slower: (any SegmentCache)? = nil,
        environment: ServiceEnvironment = .live
    ) {
        self.maximumBytes = max(0, maximumBytes)
        self.lifetime = lifetime
        self.slower = slower
        now = environment.now
    }

    /// The size of all entries, as estimated.
    package var bytes: Int { state.withLock { $0.bytes } }

    package func segments(for keys: [SegmentKey]) async -> [SegmentKey: RememberedSegment] {
        let time = now()
        var found = state.withLock { state in
            var found: [SegmentKey: RememberedSegment] = [:]
            for key in keys { if let segment = Self.use(key, &state, at: time) { found[key] = segment } }
            return found
        }
        guard let slower, found.count < keys.count else { return found }
        let more = await slower.segments(for: keys.filter { found[$0] == nil })
        remember(more)
        found.merge(more) { here, _ in here }
        return found
    }

    package func store(_ translations: [SegmentKey: SegmentTranslation], owner: String) async {
        let mark = OwnerMark(owner)
        guard !state.withLock({ $0.erased.contains(mark) }) else { return }
        remember(translations.mapValues { RememberedSegment($0, owner: mark) })
        await slower?.store(translations, owner: owner)
    }

    package func removeAll(ofOwner owner: String) async throws {
        forget(owner)
        try await slower?.removeAll(ofOwner: owner)
    }

    /// Forgets what is remembered here on behalf of an owner who was erased, and remembers nothing more.
    package func forget(_ owner: String) {
        let mark = OwnerMark(owner)
        state.withLock { state in
            for (key, entry) in state.entries where entry.segment.owner == mark {
                state.entries[key] = nil
                state.bytes -= entry.bytes
            }
            if state.erased.count >= Self.erasedOwners { state.erased.removeAll() }
            state.erased.insert(mark)
        }
    }

    private func remember(_ segments: [SegmentKey: RememberedSegment]) {
        let (time, expires) = (now(), now() + lifetime)
        state.withLock { state in
            for (key, segment) in segments where !state.erased.contains(segment.owner) {
                let bytes = Self.size(of: segment.translation)
                guard bytes <= maximumBytes else { continue }
                if let old = state.entries[key] { state.bytes -= old.bytes }
                state.entries[key] = Entry(segment: segment, bytes: bytes, expires: expires)
                state.bytes += bytes
                _ = Self.use(key, &state, at: time)
            }
            shrink(&state)
        }
    }

    private static func use(_ key: SegmentKey, _ state: inout State, at time: Timestamp) -> RememberedSegment? {
        guard let entry = state.entries[key] else { return nil }
        guard time < entry.expires else {
            state.entries[key] = nil
            state.bytes -= entry.bytes
            return nil
        }
        state.clock += 1
        state.entries[key]?.usedAt = state.clock
        state.uses.append((key, state.clock))
        // Outdated uses are dropped when they are most of the list, so that it stays in proportion.
        if state.uses.count > 64 + 4 * state.entries.count {
            state.uses.removeAll { state.entries[$0.key]?.usedAt != $0.at }
            state.oldest = 0
        }
        return entry.segment
    }

    private func shrink(_ state: inout State) {
        while state.bytes > maximumBytes, state.oldest < state.uses.count {
            let use = state.uses[state.oldest]
            state.oldest += 1
            guard let entry = state.entries[use.key], entry.usedAt == use.at else { continue }
            state.entries[use.key] = nil
            state.bytes -= entry.bytes
        }
        if state.oldest * 2 > state.uses.count {
            state.uses.removeFirst(state.oldest)
            state.oldest = 0
        }
    }

    /// An estimate that counts the texts and what an entry takes besides.
    private static func size(of translation: SegmentTranslation) -> Int {
        200 + translation.text.utf8.count + translation.alternatives.reduce(0) { $0 + 32 + $1.utf8.count }
    }
}
