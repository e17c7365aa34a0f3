/// What stands before a place where a sentence may end.
struct LeftContext {
    /// The mark that ends the text before the place.
    enum Terminator {
        case none
        case fullStop
        case ellipsis
        case strong(Unicode.Scalar)
    }

    private(set) var terminator = Terminator.none
    /// White space lies between the mark and the place.
    private(set) var hasSpace = false
    /// A line break lies between the mark and the place.
    private(set) var hasLineBreak = false
    /// Quotation marks or brackets lie between the mark and the place.
    private(set) var hasCloser = false
    /// The mark follows an opening bracket: "(...)".
    private(set) var isInsideBrackets = false
    /// The word before the mark, with the full stops inside it: "U.S". Empty if something else stands there.
    private(set) var word = ""
    /// Nothing stands before the word in this sentence.
    private(set) var isLeading = false
    /// The word before that word.
    private(set) var previousWord = ""
    /// The word before that word ends with a full stop.
    private(set) var previousIsAbbreviated = false
    /// What to look up: the word, and the word with up to three abbreviated words before it; longest first.
    private(set) var keys: [String] = []

    /// Reads backwards from `place`, at most to `start` and at most `reach` scalars.
    init(_ scalars: String.UnicodeScalarView, before place: String.Index, from start: String.Index, reach: Int) {
        var reader = BackwardReader(scalars, place: place, start: start, reach: reach)
        readSpace(&reader)
        while let scalar = reader.peek, scalar.isCloser {
            reader.pop()
            hasCloser = true
        }
        if hasCloser { reader.skipSpace() }
        readTerminator(&reader)
        if case .none = terminator { return }
        readWords(&reader)
    }

    /// Whether the word is a number.
    var isNumber: Bool {
        word.unicodeScalars.allSatisfy(\.isDigit)
    }

    /// Whether the word is a Roman numeral of at least two letters.
    var isRomanNumeral: Bool {
        word.utf8.count >= 2 && word.utf8.allSatisfy { "IVXLCDM".utf8.contains($0) }
    }

    private mutating func readSpace(_ reader: inout BackwardReader) {
        while let scalar = reader.peek, scalar.isSpace {
            reader.pop()
            hasSpace = true
            if Character(scalar).isNewline { hasLineBreak = true }
        }
    }

    private mutating func readTerminator(_ reader: inout BackwardReader) {
        var stops = 0
        while let scalar = reader.peek {
            if scalar.isStrongTerminator {
                terminator = .strong(scalar)
            } else if scalar == "…" {
                stops += 3
            } else if scalar == "." || scalar == "．" {
                stops += 1
            } else {
                break
            }
            reader.pop()
        }
        if case .none = terminator, stops > 0 { terminator = stops == 1 ? .fullStop : .ellipsis }
    }

    private mutating func readWords(_ reader: inout BackwardReader) {
        if let scalar = reader.peek { isInsideBrackets = scalar == "(" || scalar == "[" }
        reader.skipSpace()
        word = reader.word()
        isLeading = reader.isAtStart
        var key = word
        keys = word.isEmpty ? [] : [key]
        for distance in 0..<3 {
            reader.skipSpace()
            let isAbbreviated = reader.popStop()
            let previous = reader.word()
            if distance == 0 { (previousWord, previousIsAbbreviated) = (previous, isAbbreviated) }
            // "et al.": only the first word may lack its full stop.
            guard !previous.isEmpty, isAbbreviated || distance == 0, !word.isEmpty else { break }
            if !isAbbreviated {
                keys.insert(previous + key, at: 0)
                break
            }
            key = previous + "." + key
            keys.insert(key, at: 0)
        }
    }
}

/// What stands behind a place where a sentence may end.
struct RightContext {
    /// The first scalar.
    private(set) var first: Unicode.Scalar = " "
    /// The first letter or digit behind opening marks.
    private(set) var firstLetter: Unicode.Scalar?
    /// The first word behind opening marks.
    private(set) var word = ""
    /// A full stop follows the word.
    private(set) var wordIsAbbreviated = false
    /// The text begins with a mark that opens a sentence or speech: "¿", "«", "„".
    private(set) var opensWithMark = false

    /// Reads at most `reach` scalars from `place`.
    init(_ scalars: String.UnicodeScalarView, from place: String.Index, reach: Int) {
        var rest = scalars[place...].prefix(reach)
        first = rest.first ?? " "
        let behind = rest.drop { $0.isOpener }
        opensWithMark = behind.startIndex > rest.startIndex
        rest = behind
        firstLetter = rest.first.flatMap { $0.isWordPart ? $0 : nil }
        let letters = rest.prefix { $0.isWordPart }
        word = String(String.UnicodeScalarView(letters))
        wordIsAbbreviated = letters.endIndex < rest.endIndex && rest[letters.endIndex] == "."
    }

    /// Whether the text begins with something that numbers: "5", "IV", "B".
    func isNumbering(_ rules: LanguageRules) -> Bool {
        if word.unicodeScalars.contains(where: \.isDigit) { return true }
        guard !word.isEmpty, word.utf8.allSatisfy({ (0x41...0x5A).contains($0) }) else { return false }
        if word.utf8.count == 1 { return !rules.contains(word, in: .starter) }
        return word.utf8.allSatisfy { "IVXLC".utf8.contains($0) }
    }
}

/// Reads a bounded stretch of text from its end.
private struct BackwardReader {
    private let scalars: String.UnicodeScalarView
    private var place: String.Index
    private let start: String.Index
    private var left: Int

    init(_ scalars: String.UnicodeScalarView, place: String.Index, start: String.Index, reach: Int) {
        self.scalars = scalars
        self.place = place
        self.start = start
        left = reach
    }

    /// Whether the whole text was read.
    var isAtStart: Bool { place == start }

    /// The last scalar not yet read.
    var peek: Unicode.Scalar? {
        guard place > start, left > 0 else { return nil }
        return scalars[scalars.index(before: place)]
    }

    mutating func pop() {
        guard peek != nil else { return }
        place = scalars.index(before: place)
        left -= 1
    }

    mutating func skipSpace() {
        while let scalar = peek, scalar.isSpace { pop() }
    }

    mutating func popStop() -> Bool {
        guard peek == "." else { return false }
        pop()
        return true
    }

    /// Reads a word: letters, digits and marks, and full stops, hyphens and apostrophes between them.
    mutating func word() -> String {
        let end = place
        var begin = place
        while let scalar = peek {
            if scalar.isWordPart {
                pop()
                begin = place
            } else if begin == place, begin < end, "-.'’/º".unicodeScalars.contains(scalar) {
                pop()
            } else {
                break
            }
        }
        place = begin
        return String(scalars[begin..<end])
    }
}
