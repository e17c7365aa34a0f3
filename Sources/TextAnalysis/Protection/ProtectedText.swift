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
    ///
    /// Takes one pass over the translation, however many spans there are.
    public func restore(in translation: String) -> String? {
        let text = Array(translation.utf8)
        guard let places = MarkerFinder(markers).places(in: text) else { return nil }
        var result: [UInt8] = []
        var end = 0
        for place in places {
            result += text[end..<place.range.lowerBound]
            result += spans[place.marker].utf8
            end = place.range.upperBound
        }
        result += text[end...]
        return String(decoding: result, as: UTF8.self)
    }

    private static func parts(of sentence: String) -> [Part] {
        func text(_ range: Range<Int>) -> String {
            String(sentence[sentence.index(atByte: range.lowerBound)..<sentence.index(atByte: range.upperBound)])
        }
        var parts: [Part] = []
        var end = 0
        for span in joined(ProtectedSpans.byteRanges(in: sentence)) {
            if span.lowerBound > end { parts.append(.text(text(end..<span.lowerBound))) }
            parts.append(.span(text(span)))
            end = span.upperBound
        }
        if end < sentence.utf8.count { parts.append(.text(text(end..<sentence.utf8.count))) }
        return parts
    }

    /// The ranges, those that touch as one.
    private static func joined(_ ranges: [Range<Int>]) -> [Range<Int>] {
        var joined: [Range<Int>] = []
        for range in ranges {
            if let last = joined.last, last.upperBound == range.lowerBound {
                joined[joined.count - 1] = last.lowerBound..<range.upperBound
            } else {
                joined.append(range)
            }
        }
        return joined
    }
}

/// Looks for markers, compared byte by byte, so that a combining mark behind a marker does not hide it.
private struct MarkerFinder {
    struct Place {
        var marker: Int
        var range: Range<Int>
    }

    private let count: Int
    private var indices: [ArraySlice<UInt8>: Int] = [:]
    /// Each length that a marker has. Markers of a kind have few.
    private let lengths: [Int]
    private var begins = [Bool](repeating: false, count: 256)

    init(_ markers: [String]) {
        count = markers.count
        let patterns = markers.map { Array($0.utf8) }.filter { !$0.isEmpty }
        for (index, pattern) in patterns.enumerated() {
            indices[pattern[...]] = index
            begins[Int(pattern[0])] = true
        }
        lengths = Set(patterns.map(\.count)).sorted()
    }

    /// Where the markers stand, in the order of the text; nil unless each is there exactly once, and none in another.
    func places(in text: [UInt8]) -> [Place]? {
        var places: [Place] = []
        var isFound = [Bool](repeating: false, count: count)
        for start in text.indices where begins[Int(text[start])] {
            for length in lengths where length <= text.count - start {
                guard let marker = indices[text[start..<start + length]] else { continue }
                guard !isFound[marker], start >= places.last?.range.upperBound ?? 0 else { return nil }
                isFound[marker] = true
                places.append(Place(marker: marker, range: start..<start + length))
            }
        }
        return places.count == count ? places : nil
    }
}
