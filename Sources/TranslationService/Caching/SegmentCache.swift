internal import Environment
package import MachineTranslation

/// Names a translated segment: a digest of everything that its translation depends on. Texts cannot be read from it.
package struct SegmentKey: Hashable, Sendable {
    /// 32 hexadecimal digits.
    package let digest: String

    package init(digest: String) { self.digest = digest }
}

/// Tells on whose behalf a segment is remembered, without naming anybody. Owners who share a mark are taken for one.
package struct OwnerMark: Hashable, Sendable {
    package let number: UInt64

    /// The same in every process and version.
    package init(_ owner: String) {
        var hash = StableHash()
        hash.add(owner)
        number = UInt64(hash.hexadecimal, radix: 16) ?? 0
    }

    package init(number: UInt64) { self.number = number }
}

/// A translated segment, and on whose behalf it was stored last.
package struct RememberedSegment: Equatable, Sendable {
    package var translation: SegmentTranslation
    package var owner: OwnerMark

    package init(_ translation: SegmentTranslation, owner: OwnerMark) {
        self.translation = translation
        self.owner = owner
    }
}

/// Translated segments of the past. Thread-safe.
///
/// A cache may forget anything at any time, and its failures are misses: whoever uses it goes on without.
package protocol SegmentCache: Sendable {
    /// What is known of the keys.
    func segments(for keys: [SegmentKey]) async -> [SegmentKey: RememberedSegment]

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
