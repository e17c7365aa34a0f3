internal import Crypto
internal import Foundation
package import MachineTranslation

/// Translates what a cache does not know, and remembers it.
///
/// The engine's results depend on nothing but the segment, the model and the options, so that a remembered translation is
/// the one that would come out again. Those of others are used too, and not told of: only what was remembered on behalf of
/// the same owner counts as cached, so that nobody learns what others have had translated.
package struct CachingTranslator: SegmentTranslator {
    private let translator: any SegmentTranslator
    private let cache: any SegmentCache
    private let fingerprint: String
    private let owner: String
    private let count: @Sendable (CacheCount) -> Void

    /// - Parameters:
    ///   - fingerprint: names the models behind `translator`.
    ///   - owner: on whose behalf translations are remembered.
    ///   - count: told of hits and misses.
    package init(
        _ translator: any SegmentTranslator,
        cache: any SegmentCache,
        fingerprint: String,
        owner: String,
        count: @escaping @Sendable (CacheCount) -> Void = { _ in }
    ) {
        self.translator = translator
        self.cache = cache
        self.fingerprint = fingerprint
        self.owner = owner
        self.count = count
    }

    package var pair: LanguagePair { translator.pair }

    package func translate(_ segments: [String], options: TranslationOptions) async throws -> [SegmentTranslation] {
        let keys = segments.map { key($0, options) }
        let (known, mark) = (await cache.segments(for: keys), OwnerMark(owner))
        // A segment that occurs twice is translated once.
        var missing: [SegmentKey: Int] = [:]
        var texts: [String] = []
        for (key, segment) in zip(keys, segments) where known[key] == nil && missing[key] == nil {
            missing[key] = texts.count
            texts.append(segment)
        }
        let translated = texts.isEmpty ? [] : try await translator.translate(texts, options: options)
        let hits = keys.count { known[$0] != nil }
        count(CacheCount(hits: hits, misses: keys.count - hits))
        if !missing.isEmpty { await cache.store(missing.mapValues { translated[$0] }, owner: owner) }
        return keys.map { key in
            if let segment = known[key] {
                var translation = segment.translation
                translation.isCached = segment.owner == mark
                return translation
            }
            return translated[missing[key] ?? 0]
        }
    }

    private func key(_ segment: String, _ options: TranslationOptions) -> SegmentKey {
        // Lengths keep the fields apart. What only decides about the order of work is left out.
        let fields = [
            "1", fingerprint, pair.source, pair.target, String(options.beamSize), String(options.alternatives),
            options.guards ? "guarded" : "", segment,
        ]
        var content: [UInt8] = []
        for field in fields {
            withUnsafeBytes(of: UInt64(field.utf8.count).littleEndian) { content += $0 }
            content += field.utf8
        }
        let digits = Array("0123456789abcdef".utf8)
        let bytes = SHA256.hash(data: content).prefix(16).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        return SegmentKey(digest: String(decoding: bytes, as: UTF8.self))
    }
}
