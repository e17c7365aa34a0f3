package import MachineTranslation
internal import Synchronization

/// The segments used last, in memory, over a slower cache that holds more.
package final class MemorySegmentCache: SegmentCache {
    private struct Entry {
        var translation: SegmentTranslation
        var owner: String
        var bytes: Int
        /// Rises with every use.
        var usedAt: UInt64
    }

    private struct State {
        var entries: [SegmentKey: Entry] = [:]
        /// Uses in order; outdated where the entry was used again since.
        var uses: [(key: SegmentKey, at: UInt64)] = []
        var oldest = 0
        var clock: UInt64 = 0
        var bytes = 0
    }

    private let maximumBytes: Int
    private let slower: (any SegmentCache)?
    private let state = Mutex(State())

    /// - Parameters:
    ///   - maximumBytes: the size of all entries, as estimated.
    ///   - slower: asked for what is not here, and told of everything.
    package init(maximumBytes: Int, slower: (any SegmentCache)? = nil) {
        self.maximumBytes = max(0, maximumBytes)
        self.slower = slower
    }

    /// The size of all entries, as estimated.
    package var bytes: Int { state.withLock { $0.bytes } }

    package func translations(for keys: [SegmentKey]) async -> [SegmentKey: SegmentTranslation] {
        var found = state.withLock { state in
            var found: [SegmentKey: SegmentTranslation] = [:]
            for key in keys { if let translation = Self.use(key, &state) { found[key] = translation } }
            return found
        }
        guard let slower, found.count < keys.count else { return found }
        let more = await slower.translations(for: keys.filter { found[$0] == nil })
        // Whose they are is known below; here they are nobody's, and leave with everything at an erasure.
        remember(more, owner: "")
        found.merge(more) { here, _ in here }
        return found
    }

    package func store(_ translations: [SegmentKey: SegmentTranslation], owner: String) async {
        remember(translations, owner: owner)
        await slower?.store(translations, owner: owner)
    }

    package func removeAll(ofOwner owner: String) async throws {
        // What came from below has lost its owner, so that all of those go; they come back when they are asked for.
        state.withLock { state in
            for (key, entry) in state.entries where entry.owner == owner || entry.owner.isEmpty {
                state.entries[key] = nil
                state.bytes -= entry.bytes
            }
        }
        try await slower?.removeAll(ofOwner: owner)
    }

    private func remember(_ translations: [SegmentKey: SegmentTranslation], owner: String) {
        state.withLock { state in
            for (key, translation) in translations {
                let bytes = Self.size(of: translation)
                guard bytes <= maximumBytes else { continue }
                if let old = state.entries[key] { state.bytes -= old.bytes }
                state.entries[key] = Entry(translation: translation, owner: owner, bytes: bytes, usedAt: 0)
                state.bytes += bytes
                _ = Self.use(key, &state)
            }
            shrink(&state)
        }
    }

    private static func use(_ key: SegmentKey, _ state: inout State) -> SegmentTranslation? {
        guard let translation = state.entries[key]?.translation else { return nil }
        state.clock += 1
        state.entries[key]?.usedAt = state.clock
        state.uses.append((key, state.clock))
        // Outdated uses are dropped when they are most of the list, so that it stays in proportion.
        if state.uses.count > 64 + 4 * state.entries.count {
            state.uses.removeAll { state.entries[$0.key]?.usedAt != $0.at }
            state.oldest = 0
        }
        return translation
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
