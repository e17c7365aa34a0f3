private import CICU
private import Synchronization

/// ICU's iterators over sentences, kept for the texts to come: to open one takes ten times as long as to cut a short line
/// with it. Thread-safe.
final class SentenceIterators: Sendable {
    /// The iterators of all threads.
    static let shared = SentenceIterators()

    /// Iterators that are kept for a locale: as many as threads may cut at once, more or less.
    private static let mostPerLocale = 16
    private static let mostLocales = 64

    /// Unchecked: whoever took it from the list is the only one to use it.
    private struct Iterator: @unchecked Sendable {
        let pointer: OpaquePointer
    }

    private let idle = Mutex<[String: [Iterator]]>([:])

    /// The byte offsets at which ICU begins a sentence, the ends of the text among them; none where ICU refuses.
    func boundaries(in text: String, locale: String) -> [Int] {
        guard let iterator = take(locale) else { return [] }
        defer { giveBack(iterator, locale) }
        var text = text
        var offsets: [Int] = []
        text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { characters in
                withUnsafeMutablePointer(to: &offsets) { offsets in
                    _ = cicu_sentence_boundaries(
                        iterator.pointer,
                        characters.baseAddress,
                        Int64(characters.count),
                        { $0?.assumingMemoryBound(to: [Int].self).pointee.append(Int($1)) },
                        offsets
                    )
                }
            }
        }
        return offsets
    }

    private func take(_ locale: String) -> Iterator? {
        if let iterator = idle.withLock({ $0[locale]?.popLast() }) { return iterator }
        return cicu_sentences_open(locale).map(Iterator.init)
    }

    private func giveBack(_ iterator: Iterator, _ locale: String) {
        let isKept = idle.withLock { idle in
            guard idle[locale]?.count ?? 0 < Self.mostPerLocale, idle.count < Self.mostLocales || idle[locale] != nil
            else { return false }
            idle[locale, default: []].append(iterator)
            return true
        }
        if !isKept { cicu_sentences_close(iterator.pointer) }
    }
}
