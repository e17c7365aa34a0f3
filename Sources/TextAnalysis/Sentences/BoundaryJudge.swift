/// Decides, place by place, whether a sentence ends there.
///
/// Looks only a bounded distance around each place, so that a text is judged in linear time.
struct BoundaryJudge {
    /// How many scalars to look at on either side, at most.
    private static let reach = 48

    private let scalars: String.UnicodeScalarView
    private let rules: LanguageRules
    /// Where the current sentence begins.
    var sentenceStart: String.Index

    init(text: String, rules: LanguageRules) {
        self.scalars = text.unicodeScalars
        self.rules = rules
        sentenceStart = text.startIndex
    }

    /// Where the next sentence begins if one begins near `place`: there, or behind closing marks that follow.
    func boundary(near place: String.Index) -> String.Index? {
        let start = skipDetachedClosers(place)
        guard start < scalars.endIndex, start > sentenceStart else { return nil }
        return isBoundary(start) ? start : nil
    }

    /// French writes spaces inside guillemets: "« Viens. » dit-il".
    private func skipDetachedClosers(_ place: String.Index) -> String.Index {
        var end = place
        while end < scalars.endIndex, scalars[end].isCloser, scalars[end] != "\"", scalars[end] != "'" {
            end = scalars.index(after: end)
        }
        guard end > place else { return place }
        guard end < scalars.endIndex else { return end }
        guard scalars[end].isSpace else { return place }
        return scalars[end...].firstIndex { !$0.isSpace } ?? scalars.endIndex
    }

    private func isBoundary(_ start: String.Index) -> Bool {
        let left = LeftContext(scalars, before: start, from: sentenceStart, reach: Self.reach)
        let right = RightContext(scalars, from: start, reach: Self.reach)
        switch left.terminator {
        case .none: return left.hasLineBreak
        case .strong(let mark): return endsAfter(strong: mark, left, right)
        case .ellipsis: return endsAfterEllipsis(left, right)
        case .fullStop: return endsAfterFullStop(left, right)
        }
    }

    private func endsAfter(strong mark: Unicode.Scalar, _ left: LeftContext, _ right: RightContext) -> Bool {
        if mark.isUnspaced || mark.value == 0x3002 {
            // Japanese quotes what was said before "to": 「行くよ。」と言った。
            return !(left.hasCloser && (right.first == "と" || right.first == "っ"))
        }
        if !left.hasSpace, right.first.isASCII || right.first.isSmall { return false }
        // "Yahoo! and others"
        if mark == "!", !right.opensWithMark, !right.first.isCapital, rules.contains(right.word, in: .conjunction) {
            return false
        }
        return !(left.hasCloser && right.first.isSmall)
    }

    private func endsAfterEllipsis(_ left: LeftContext, _ right: RightContext) -> Bool {
        guard left.hasSpace, !right.first.isSmall, !left.isLeading, !left.isInsideBrackets else { return false }
        guard let letter = right.firstLetter, !letter.isSmall else { return false }
        // Stammering: "I... I don't know".
        return left.word.isEmpty || left.word.lowercased() != right.word.lowercased()
    }

    private func endsAfterFullStop(_ left: LeftContext, _ right: RightContext) -> Bool {
        guard !right.first.isSmall, right.firstLetter?.isSmall != true || right.first.isOpener else { return false }
        guard left.hasSpace || left.hasLineBreak else { return endsWithoutSpace(left, right) }
        if left.word.isEmpty { return !left.isLeading && right.first != "." }
        if left.isNumber { return endsAfterNumber(left, right) }
        for key in left.keys {
            if right.wordIsAbbreviated, rules.abbreviationBegins(with: key + "." + right.word) { return false }
            let lists = rules.lists(with: key)
            if lists.contains(.title) || lists.contains(.abbreviation) { return false }
            if lists.contains(.number), right.isNumbering(rules) { return false }
            if lists.contains(.ending) { return startsSentence(right) }
        }
        if isInitial(left, right) { return false }
        if left.word.contains(".") { return startsSentence(right) }
        if rules.hasOrdinals, left.isRomanNumeral { return startsSentence(right) }
        return true
    }

    /// Scripts without capitals often leave the space out; letters with stops between them are initials: "ए.पी.जे.".
    private func endsWithoutSpace(_ left: LeftContext, _ right: RightContext) -> Bool {
        guard !right.first.isASCII, right.first.isWordPart, !right.first.isCapital, !right.first.isDigit else {
            return false
        }
        return left.word.unicodeScalars.count > 3 && !left.word.contains(".")
            && !left.keys.contains { rules.contains($0, in: .title) || rules.contains($0, in: .abbreviation) }
    }

    private func endsAfterNumber(_ left: LeftContext, _ right: RightContext) -> Bool {
        if left.isLeading { return false }
        guard rules.hasOrdinals, left.word.unicodeScalars.count <= 3 else { return true }
        if right.first.isDigit || rules.contains(right.word, in: .ordinalAfter) { return false }
        return !rules.contains(left.previousWord, in: .ordinalBefore) || startsSentence(right)
    }

    /// A single letter that stands for a name: "J. R. R. Tolkien", "ए. पी. जे. अब्दुल".
    private func isInitial(_ left: LeftContext, _ right: RightContext) -> Bool {
        if rules.contains(left.word, in: .initial) {
            return left.previousIsAbbreviated || right.wordIsAbbreviated && rules.contains(right.word, in: .initial)
        }
        var letters = left.word.unicodeScalars.makeIterator()
        guard let letter = letters.next(), letters.next() == nil else { return false }
        guard letter.isCapital else { return letter.isSmall && left.previousIsAbbreviated }
        // "vitamin C. It is …": a letter after a word in small letters, and the beginning of a sentence.
        let followsWord = left.previousWord.unicodeScalars.allSatisfy(\.isSmall) && left.previousWord.utf8.count > 1
        return !(followsWord && !left.previousIsAbbreviated && startsSentence(right))
    }

    private func startsSentence(_ right: RightContext) -> Bool {
        guard let letter = right.firstLetter, !letter.isSmall else { return false }
        return right.opensWithMark || rules.contains(right.word, in: .starter)
    }
}
