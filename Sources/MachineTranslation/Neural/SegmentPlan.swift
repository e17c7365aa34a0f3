internal import TextAnalysis

/// How one segment goes through the model: with its protected spans replaced by markers, and cut at clause boundaries
/// where it is too long to go in at once.
package struct SegmentPlan {
    /// The parts of a segment, in order.
    private enum Part {
        /// Text for the model; white space around it is kept outside.
        case text(String)
        /// Text that is put back as it is.
        case verbatim(String)
    }

    /// Spans that a model can be expected to carry over; where there are more, one of them gets lost.
    private static let mostMarkedSpans = 64

    package let segment: String
    /// nil where the segment has no protected spans, or where they are kept outside the model.
    private let protected: ProtectedText?
    private let parts: [Part]

    /// Plans a segment.
    /// - Parameters:
    ///   - keepsSpansOutside: false replaces protected spans by markers that the model copies; true cuts the segment at
    ///     them, so that nothing can happen to them. A segment with very many spans, or without a word that is free to be
    ///     a marker, is cut in any case.
    ///   - fits: whether a text goes into the model at once.
    /// - Throws: what `fits` throws.
    package init(
        _ segment: String,
        language: String,
        keepsSpansOutside: Bool,
        fits: (Substring) throws -> Bool
    ) rethrows {
        self.segment = segment
        let markers = keepsSpansOutside ? nil : SpanMarkers(for: segment)
        let protected = ProtectedText(segment) { markers?.marker($0) ?? "" }
        let marksSpans = markers != nil && (1...Self.mostMarkedSpans).contains(protected.spans.count)
        var parts: [Part] = []
        for part in marksSpans ? [.text(protected.text)] : protected.parts {
            switch part {
            case .span(let span): parts.append(.verbatim(span))
            case .text(let text):
                for piece in try ClauseSplitter.pieces(of: text, language: language, fits: fits) {
                    Self.append(piece, to: &parts)
                }
            }
        }
        self.parts = parts
        self.protected = marksSpans ? protected : nil
    }

    /// Adds a piece with the white space around it apart.
    private static func append(_ piece: Substring, to parts: inout [Part]) {
        let leading = piece.prefix(while: \.isWhitespace)
        let rest = piece.dropFirst(leading.count)
        let trailing = rest.reversed().prefix(while: \.isWhitespace).count
        let body = rest.dropLast(trailing)
        if !leading.isEmpty { parts.append(.verbatim(String(leading))) }
        if isTranslatable(String(body)) {
            parts.append(.text(String(body)))
        } else if !body.isEmpty {
            parts.append(.verbatim(String(body)))
        }
        if trailing > 0 { parts.append(.verbatim(String(rest.suffix(trailing)))) }
    }

    /// Whether the segment goes through the model as a whole.
    var isOneText: Bool { parts.count == 1 && texts.count == 1 }

    /// The texts for the model.
    package var texts: [String] {
        parts.compactMap { part in
            if case .text(let text) = part { text } else { nil }
        }
    }

    /// Puts the segment together from its texts' translations, in their order; nil where a protected span was lost.
    package func assemble(_ translations: [String]) -> String? {
        var rest = translations[...]
        let joined = parts.map { part in
            switch part {
            case .text: rest.popFirst() ?? ""
            case .verbatim(let text): text
            }
        }.joined()
        guard let protected else { return joined }
        return protected.restore(in: joined)
    }
}
