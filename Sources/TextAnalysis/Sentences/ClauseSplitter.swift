/// Cuts sentences that are too long into parts.
public enum ClauseSplitter {
    /// Parts of `sentence` that all fit; joined, they are the sentence.
    ///
    /// Cuts near the middle of what does not fit: behind `;`, `:`, dashes and dandas; or else behind commas, before
    /// conjunctions of the language, behind white space, between characters, within a character. White space stays with
    /// the part before it. A single Unicode scalar that does not fit comes out as it is.
    /// - Parameters:
    ///   - language: an ISO 639-1 code.
    ///   - fits: whether a part is short enough. It must not reject a part of a part that it accepts.
    /// - Throws: what `fits` throws, which ends the work.
    public static func pieces(
        of sentence: String,
        language: String,
        fits: (Substring) throws -> Bool
    ) rethrows -> [Substring] {
        guard !sentence.isEmpty else { return [] }
        let rules = LanguageRules.rules(for: language)
        var pieces: [Substring] = []
        var pending = [sentence[...]]
        while let part = pending.popLast() {
            if try !fits(part), let cut = CutFinder(part, rules).cut() {
                pending.append(part[cut...])
                pending.append(part[..<cut])
            } else {
                pieces.append(part)
            }
        }
        return pieces
    }
}

/// Finds the best place to cut a part of a sentence in two.
private struct CutFinder {
    /// How well a place suits, best first.
    private enum Quality: Int, CaseIterable {
        case clause
        case comma
        case conjunction
        case space
    }

    private let part: Substring
    private let rules: LanguageRules

    init(_ part: Substring, _ rules: LanguageRules) {
        self.part = part
        self.rules = rules
    }

    /// A place strictly inside the part, or nil if the part is a single scalar.
    func cut() -> String.Index? {
        let places = bestPlaces()
        if let place = places.compactMap({ $0 }).first { return place }
        return between(part.indices, part.count) ?? between(part.unicodeScalars.indices, part.unicodeScalars.count)
    }

    /// For each quality, the place nearest to the middle, if it leaves at least an eighth on either side.
    private func bestPlaces() -> [String.Index?] {
        let length = part.utf8.count
        var best = [String.Index?](repeating: nil, count: Quality.allCases.count)
        var distances = [Int](repeating: length / 2 - length / 8, count: best.count)
        var offset = 0
        var mark: Unicode.Scalar = " "
        var wasSpace = false
        for index in part.unicodeScalars.indices {
            let scalar = part.unicodeScalars[index]
            if !scalar.isSpace, let quality = quality(at: index, mark: mark, wasSpace: wasSpace, next: scalar) {
                let distance = abs(offset - length / 2)
                if offset > 0, distance <= distances[quality.rawValue] {
                    (best[quality.rawValue], distances[quality.rawValue]) = (index, distance)
                }
            }
            wasSpace = scalar.isSpace
            if !wasSpace { mark = scalar }
            offset += UTF8.width(scalar)
        }
        return best
    }

    /// - Parameters:
    ///   - mark: the last scalar before the place that is not white space.
    ///   - next: the scalar behind the place.
    private func quality(
        at index: String.Index,
        mark: Unicode.Scalar,
        wasSpace: Bool,
        next: Unicode.Scalar
    ) -> Quality? {
        switch mark {
        case "।", "॥", "；", "：", "。", "！", "？": return next.isCloser ? nil : .clause
        case "，", "、": return next.isCloser ? nil : .comma
        case ";", ":", "—", "–", ".", "!", "?", "…":
            if wasSpace { return .clause }
        case ",", "،":
            if wasSpace { return .comma }
        default: break
        }
        guard wasSpace else { return nil }
        let word = part.unicodeScalars[index...].prefix(16).prefix { $0.isWordPart }
        return rules.contains(String(String.UnicodeScalarView(word)), in: .conjunction) ? .conjunction : .space
    }

    private func between(_ indices: some Collection<String.Index>, _ count: Int) -> String.Index? {
        count > 1 ? indices[indices.index(indices.startIndex, offsetBy: count / 2)] : nil
    }
}
