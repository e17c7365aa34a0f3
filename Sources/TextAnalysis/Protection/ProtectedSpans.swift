/// A part of a text that translation must leave as it is.
public struct ProtectedSpan: Sendable, Equatable {
    /// What the part is.
    public enum Kind: String, Sendable, CaseIterable {
        /// `https://example.com/a?b=c`, `www.example.com`
        case url
        /// `name@example.com`
        case email
        /// `{name}`, `{{x}}`, `${x}`, `%s`, `%1$d`, `%(name)s`
        case placeholder
        /// `<b>`, `</b>`, `<0/>`, `&nbsp;`
        case markup
        /// Text in backticks, with the backticks.
        case code
        /// One emoji, with its modifiers.
        case emoji
    }

    /// Where the part lies in the text it was found in.
    public var range: Range<String.Index>
    /// What the part is.
    public var kind: Kind

    /// Makes a span from its parts.
    public init(range: Range<String.Index>, kind: Kind) {
        self.range = range
        self.kind = kind
    }
}

/// Finds what translation must leave alone.
public enum ProtectedSpans {
    /// The protected parts of `text`, in order and not overlapping.
    ///
    /// Takes time in proportion to the length of the text, whatever the text is.
    public static func find(in text: String) -> [ProtectedSpan] {
        scan(text).map { found in
            ProtectedSpan(
                range: text.index(atByte: found.range.lowerBound)..<text.index(atByte: found.range.upperBound),
                kind: found.kind
            )
        }
    }

    /// The same, as ranges of bytes.
    static func byteRanges(in text: String) -> [Range<Int>] {
        scan(text).map(\.range)
    }

    private static func scan(_ text: String) -> [ProtectedSpanScanner.Found] {
        var text = text
        return text.withUTF8 { bytes in
            var scanner = ProtectedSpanScanner(bytes)
            return scanner.scan()
        }
    }
}
