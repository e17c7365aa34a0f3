/// Cuts paragraphs into sentences, by Unicode's rules (UAX #29, as ICU has them for the language) corrected by what
/// the language's data file knows about abbreviations, initials and ordinals.
public struct SentenceSplitter: Sendable {
    private let locale: String
    private let rules: LanguageRules

    /// A splitter for a language.
    /// - Parameter language: an ISO 639-1 code. For an unknown language the rules that hold for all are used.
    public init(language: String) {
        let code = LanguageRules.code(of: language)
        let isCode = (2...3).contains(code.utf8.count) && code.utf8.allSatisfy { (0x61...0x7A).contains($0) }
        locale = isCode ? code : "root"
        rules = LanguageRules.rules(for: code)
    }

    /// The ranges of the sentences, without the white space around them.
    ///
    /// In order and not overlapping; every character that is not white space is in exactly one.
    public func sentences(in paragraph: String) -> [Range<String.Index>] {
        var text = paragraph
        text.makeContiguousUTF8()
        let protected = ProtectedSpans.byteRanges(in: text)
        var judge = BoundaryJudge(text: text, rules: rules)
        var ranges: [Range<String.Index>] = []
        var next = protected.startIndex
        for offset in candidates(in: text) {
            while next < protected.endIndex, protected[next].upperBound <= offset { next += 1 }
            if next < protected.endIndex, protected[next].lowerBound < offset { continue }
            guard let boundary = judge.boundary(near: text.index(atByte: offset)) else { continue }
            ranges.append(text.trimmed(judge.sentenceStart..<boundary))
            judge.sentenceStart = boundary
        }
        ranges.append(text.trimmed(judge.sentenceStart..<text.endIndex))
        // Offsets, not indices, are what the copy and the original share.
        return ranges.filter { !$0.isEmpty }.map { range in
            paragraph.index(
                atByte: text.byteOffset(range.lowerBound)
            )..<paragraph.index(atByte: text.byteOffset(range.upperBound))
        }
    }

    /// Byte offsets at which a sentence may begin, in order.
    private func candidates(in text: String) -> [Int] {
        let offsets =
            SentenceIterators.shared.boundaries(in: text, locale: locale) + SuppressedBoundaries.find(in: text)
        return Set(offsets).subtracting([0, text.utf8.count]).sorted()
    }
}

/// Boundaries that Unicode's rules leave out because small letters follow at some distance: "in 1990. 25 years later".
enum SuppressedBoundaries {
    /// Byte offsets behind a full stop or an ellipsis, its closing marks and white space.
    static func find(in text: String) -> [Int] {
        var offsets: [Int] = []
        var scalars = text.unicodeScalars[...]
        while let stop = scalars.firstIndex(where: { $0 == "." || $0 == "…" }) {
            scalars = scalars[scalars.index(after: stop)...].drop { $0.isCloser }
            let rest = scalars.drop { $0.isSpace }
            if let first = rest.first, rest.startIndex > scalars.startIndex, !first.isSmall {
                offsets.append(text.byteOffset(rest.startIndex))
            }
            scalars = rest
        }
        return offsets
    }
}
