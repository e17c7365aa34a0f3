/// A translated text with the places of its segments.
public struct TextTranslation: Sendable {
    /// One translated segment.
    public struct Segment: Sendable {
        /// Where the segment is in the source, in UTF-16 units.
        public var source: Range<Int>
        /// Where its translation is in the text, in UTF-16 units.
        public var target: Range<Int>
        public var translation: SegmentTranslation
    }

    public var text: String
    public var segments: [Segment]

    /// The mean of the segments' confidence, weighted by length; 1 where there was nothing to translate.
    public var confidence: Double {
        let weight = segments.reduce(0) { $0 + $1.target.count }
        guard weight > 0 else { return 1 }
        return segments.reduce(0.0) { $0 + $1.translation.confidence * Double($1.target.count) } / Double(weight)
    }
}

/// A piece of output, in the order of the input.
public enum OutputUnit: Sendable {
    /// Text that was not for translation: line breaks, white space, numbers, code.
    case verbatim(String)
    /// A segment and its translation.
    case segment(source: String, SegmentTranslation)

    /// What is written.
    public var text: String {
        switch self {
        case .verbatim(let text): text
        case .segment(_, let translation): translation.text
        }
    }
}
