internal import TextAnalysis

/// How one segment goes through the model: with its protected spans replaced by markers, and cut at clause boundaries
/// where it is too long to go in at once.
struct SegmentPlan {
    /// The parts of a segment, in order.
    enum Part {
        /// Text for the model; white space around it is kept outside.
        case text(String)
        /// Text that is put back as it is.
        case verbatim(String)
    }

    let segment: String
    /// nil where the segment has no protected spans, or where they are kept outside the model.
    let protected: ProtectedText?
    let parts: [Part]

    /// Plans a segment.
    /// - Parameters:
    ///   - keepsSpansOutside: false replaces protected spans by markers that the model copies; true cuts the segment at
    ///     them, so that nothing can happen to them.
    ///   - fits: whether a text goes into the model at once.
    init(
        _ segment: String,
        language: String,
        keepsSpansOutside: Bool,
        marker: (Int) -> String,
        fits: (Substring) -> Bool
    ) {
        self.segment = segment
        let protected = ProtectedText(segment, marker: marker)
        var parts: [Part] = []
        func add(_ text: String) {
            for piece in ClauseSplitter.pieces(of: text, language: language, fits: fits) {
                Self.append(piece, to: &parts)
            }
        }
        if protected.spans.isEmpty || !keepsSpansOutside {
            add(protected.text)
            self.protected = protected.spans.isEmpty ? nil : protected
        } else {
            for part in protected.parts {
                switch part {
                case .text(let text): add(text)
                case .span(let span): parts.append(.verbatim(span))
                }
            }
            self.protected = nil
        }
        self.parts = parts
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

    /// The texts for the model.
    var texts: [String] {
        parts.compactMap { part in
            if case .text(let text) = part { text } else { nil }
        }
    }

    /// Puts the segment together from its texts' translations, in their order; nil where a protected span was lost.
    func assemble(_ translations: [String]) -> String? {
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
