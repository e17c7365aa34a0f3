/// A sentence whose protected parts are replaced by markers, which translation carries over.
public struct ProtectedText: Sendable, Equatable {
    /// A part of the sentence: text to translate, or a span to keep.
    public enum Part: Sendable, Equatable {
        case text(String)
        case span(String)
    }

    /// The sentence with a marker in place of each span.
    public let text: String
    /// The spans, in the order in which they stand in the sentence. Spans that touch are one span.
    public let spans: [String]
    /// The sentence as alternating parts, none of them empty, for the fallback in which only the text between the spans
    /// is translated. Joined, they are the sentence.
    public let parts: [Part]
    private let markers: [String]

    /// Replaces the protected parts of `sentence`.
    /// - Parameter marker: the marker for the span with the given index in `spans`. Markers must differ from one another,
    ///   none may be part of another, and none may stand in the sentence itself.
    public init(_ sentence: String, marker: (Int) -> String) {
        parts = Self.parts(of: sentence)
        var text = ""
        var spans: [String] = []
        var markers: [String] = []
        for part in parts {
            switch part {
            case .text(let piece): text += piece
            case .span(let span):
                let mark = marker(spans.count)
                text += mark
                spans.append(span)
                markers.append(mark)
            }
        }
        self.text = text
        self.spans = spans
        self.markers = markers
    }

    /// The translation with the spans put back in place of their markers, or nil unless every marker occurs exactly
    /// once.
    public func restore(in translation: String) -> String? {
        var places: [(range: Range<String.Index>, span: String)] = []
        for (marker, span) in zip(markers, spans) {
            let ranges = translation.scalarRanges(of: marker)
            guard ranges.count == 1 else { return nil }
            places.append((ranges[0], span))
        }
        places.sort { $0.range.lowerBound < $1.range.lowerBound }
        var result = ""
        var end = translation.startIndex
        for place in places {
            guard place.range.lowerBound >= end else { return nil }
            result += translation[end..<place.range.lowerBound]
            result += place.span
            end = place.range.upperBound
        }
        return result + translation[end...]
    }

    private static func parts(of sentence: String) -> [Part] {
        var parts: [Part] = []
        var end = sentence.startIndex
        for span in ProtectedSpans.find(in: sentence) {
            let content = String(sentence[span.range])
            if span.range.lowerBound == end, case .span(let previous)? = parts.last {
                parts[parts.count - 1] = .span(previous + content)
            } else {
                if span.range.lowerBound > end { parts.append(.text(String(sentence[end..<span.range.lowerBound]))) }
                parts.append(.span(content))
            }
            end = span.range.upperBound
        }
        if end < sentence.endIndex { parts.append(.text(String(sentence[end...]))) }
        return parts
    }
}

extension String {
    /// Where `other` occurs, compared by Unicode scalars, so that a combining mark behind a marker does not hide it.
    fileprivate func scalarRanges(of other: String) -> [Range<Index>] {
        let pattern = Array(other.utf8)
        guard let first = pattern.first else { return [] }
        var ranges: [Range<Index>] = []
        var rest = utf8[...]
        while let start = rest.firstIndex(of: first) {
            if utf8[start...].starts(with: pattern) {
                let end = utf8.index(start, offsetBy: pattern.count)
                ranges.append(start..<end)
                rest = utf8[end...]
            } else {
                rest = utf8[utf8.index(after: start)...]
            }
        }
        return ranges
    }
}
