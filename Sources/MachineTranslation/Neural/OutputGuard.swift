/// Looks for what goes wrong in neural translation, on the text alone.
package struct OutputGuard {
    /// What is wrong with an output.
    package enum Fault: Sendable {
        case empty
        case loops
        case stutters
        case tooLong
        case tooShort
        case copiesSource
    }

    /// An n-gram of this size that comes this often is a loop, unless the source does the same.
    private static let gram = 4
    private static let repetitions = 3
    /// Shorter texts vary too much in length for their ratio to say anything.
    private static let shortestForRatio = 12

    package let source: String
    private let sourceWords: [Word]

    /// A guard for the translations of a source.
    package init(source: String) {
        self.source = source
        sourceWords = Self.words(source)
    }

    /// The fault of an output, or nil.
    package func fault(in output: String) -> Fault? {
        if output.allSatisfy(\.isWhitespace) { return .empty }
        if loops(output) { return .loops }
        if stutters(output) { return .stutters }
        let (ours, theirs) = (output.unicodeScalars.count, source.unicodeScalars.count)
        // CJK writes in one character what others write in three.
        if ours > 4 * theirs + 40 { return .tooLong }
        if theirs >= Self.shortestForRatio, ours * 8 < theirs { return .tooShort }
        if copies(output) { return .copiesSource }
        return nil
    }

    private func loops(_ output: String) -> Bool {
        let words = Self.words(output)
        let ours = Self.mostRepeated(words, size: Self.gram)
        if ours >= Self.repetitions, ours > Self.mostRepeated(sourceWords, size: Self.gram) { return true }
        // Scripts without spaces, and loops inside a word.
        let characters = Array(output.unicodeScalars.filter { !$0.properties.isWhitespace })
        let size = 3 * Self.gram
        guard characters.count >= size * Self.repetitions else { return false }
        let repeated = Self.mostRepeated(characters, size: size)
        guard repeated >= Self.repetitions + 1 else { return false }
        let sourceCharacters = Array(source.unicodeScalars.filter { !$0.properties.isWhitespace })
        return repeated > Self.mostRepeated(sourceCharacters, size: size)
    }

    /// Whether a few letters come several times in a row within a word, oftener than any do in the source (`lululu`).
    private func stutters(_ output: String) -> Bool {
        let ours = Self.longestStutter(output)
        return ours >= Self.repetitions && ours > Self.longestStutter(source)
    }

    /// How often the same one to six characters come in a row within a word, at most; single ones one time less, as
    /// `www` and `III` are ordinary.
    static func longestStutter(_ text: String) -> Int {
        let characters = Array(text.unicodeScalars)
        var most = 0
        for size in 1...6 {
            var same = 0
            for index in characters.indices.dropFirst(size) {
                // Rows of zeros, dots and dashes are ordinary.
                let isSame = characters[index] == characters[index - size] && characters[index].properties.isAlphabetic
                same = isSame ? same + 1 : 0
                most = max(most, same / size + (size == 1 ? 0 : 1))
            }
        }
        return most
    }

    /// Whether a text of several words came back unchanged. Names and single words may.
    private func copies(_ output: String) -> Bool {
        guard sourceWords.count >= 4 else { return false }
        return Self.words(output.lowercased()) == Self.words(source.lowercased())
    }

    /// Whether the source is one word, which is better copied than garbled.
    package var isOneWord: Bool { sourceWords.count == 1 }

    private static func words(_ text: String) -> [Word] { text.split(whereSeparator: \.isWhitespace).map(Word.init) }

    /// A word that is compared in linear time. Strings bring combining marks into order to compare them, and thousands
    /// of them in a row, which no language writes, take time that grows with their square.
    private struct Word: Hashable {
        private static let longest = 128
        let text: Substring

        static func == (a: Word, b: Word) -> Bool {
            guard a.text.utf8.count > longest || b.text.utf8.count > longest else { return a.text == b.text }
            return a.text.utf8.count == b.text.utf8.count && a.text.utf8.elementsEqual(b.text.utf8)
        }

        func hash(into hasher: inout Hasher) {
            if text.utf8.count <= Self.longest { hasher.combine(text) } else { hasher.combine(text.utf8.count) }
        }
    }

    /// How often the most frequent n-gram comes.
    static func mostRepeated<Element: Hashable>(_ elements: [Element], size: Int) -> Int {
        guard elements.count >= size else { return 0 }
        var counts: [ArraySlice<Element>: Int] = [:]
        var most = 0
        for start in 0...elements.count - size {
            let count = counts[elements[start..<start + size], default: 0] + 1
            counts[elements[start..<start + size]] = count
            most = max(most, count)
        }
        return most
    }
}
