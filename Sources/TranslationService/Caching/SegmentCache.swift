package import MachineTranslation

/// Names a translated segment: a digest of everything that its translation depends on. Texts cannot be read from it.
package struct SegmentKey: Hashable, Sendable {
    /// 32 hexadecimal digits.
    package let digest: String

    package init(digest: String) { self.digest = digest }
}

/// Translated segments of the past. Thread-safe.
///
/// A cache may forget anything at any time, and its failures are misses: whoever uses it goes on without.
package protocol SegmentCache: Sendable {
    /// What is known of the keys.
    func translations(for keys: [SegmentKey]) async -> [SegmentKey: SegmentTranslation]

    /// Remembers translations on behalf of an owner.
    func store(_ translations: [SegmentKey: SegmentTranslation], owner: String) async

    /// Forgets what was stored on behalf of an owner.
    func removeAll(ofOwner owner: String) async throws
}

/// How often a cache had what was asked for, since the start.
package struct CacheCount: Hashable, Sendable {
    package var hits = 0
    package var misses = 0

    package init(hits: Int = 0, misses: Int = 0) {
        self.hits = hits
        self.misses = misses
    }
}
