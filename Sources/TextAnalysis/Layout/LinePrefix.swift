/// Recognises what stands before the text of a line: indentation, quotation signs, heading signs, list bullets.
struct LinePrefix: Sendable {
    /// The longest number of a list item, in digits: "1984." begins a sentence.
    private static let longestNumber = 3

    private let rules: LanguageRules

    init(language: String) {
        rules = LanguageRules.rules(for: language)
    }

    /// Where the text of the line begins.
    func end(in line: String) -> String.Index {
        let scalars = line.unicodeScalars
        var place = skipSpace(scalars[...])
        while let next = markEnd(scalars[place...]) {
            place = skipSpace(scalars[next...])
        }
        return place
    }

    private func skipSpace(_ text: Substring.UnicodeScalarView) -> String.Index {
        text.firstIndex { !$0.isSpace } ?? text.endIndex
    }

    /// The end of the mark that the text begins with, if white space or the end of the line follows it.
    private func markEnd(_ text: Substring.UnicodeScalarView) -> String.Index? {
        guard let first = text.first else { return nil }
        let second = text.index(after: text.startIndex)
        let end: String.Index?
        switch first {
        // Quotation signs need no space behind them: ">> text".
        case ">": return second
        case "-", "*", "+", "•", "‣", "◦", "▪", "▫", "■", "□", "●", "○", "–", "—", "·", "→", "✓", "✔", "★", "◆", "⁃":
            end = second
        case "#": end = text.firstIndex { $0 != "#" } ?? text.endIndex
        case "(": end = label(text[second...], closer: ")")
        case "[": end = checkbox(text[second...])
        default: end = label(text, closer: ")") ?? number(text)
        }
        guard let end, end == text.endIndex || text[end].isSpace else { return nil }
        return end
    }

    /// `a)`, `12)`, `iv)`, the opening bracket having been read.
    private func label(_ text: Substring.UnicodeScalarView, closer: Unicode.Scalar) -> String.Index? {
        let name = text.prefix(5).prefix { $0.isWordPart }
        let isNumber = name.count <= Self.longestNumber && name.allSatisfy(\.isDigit)
        let isRoman = name.allSatisfy { "ivxIVX".unicodeScalars.contains($0) }
        guard !name.isEmpty, name.count == 1 || isNumber || isRoman else { return nil }
        guard name.endIndex < text.endIndex, text[name.endIndex] == closer else { return nil }
        return text.index(after: name.endIndex)
    }

    /// `1.`, `1.2.`: numbers with full stops, unless it is an ordinal ("3. Oktober").
    private func number(_ text: Substring.UnicodeScalarView) -> String.Index? {
        var end: String.Index?
        var rest = text
        while true {
            let digits = rest.prefix(Self.longestNumber + 1).prefix { $0.isDigit }
            rest = rest[digits.endIndex...]
            guard !digits.isEmpty, digits.count <= Self.longestNumber, rest.first == "." else { break }
            rest = rest.dropFirst()
            end = rest.startIndex
        }
        let word = rest.drop { $0.isSpace }.prefix { $0.isWordPart }
        return rules.contains(String(String.UnicodeScalarView(word)), in: .ordinalAfter) ? nil : end
    }

    /// `[ ]` and `[x]`, the opening bracket having been read.
    private func checkbox(_ text: Substring.UnicodeScalarView) -> String.Index? {
        guard let mark = text.first, " xX✓".unicodeScalars.contains(mark) else { return nil }
        let closer = text.index(after: text.startIndex)
        guard closer < text.endIndex, text[closer] == "]" else { return nil }
        return text.index(after: closer)
    }
}
