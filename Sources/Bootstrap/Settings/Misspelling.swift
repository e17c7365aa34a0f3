internal import WebServer

/// Names that are nearly others.
enum Misspelling {
    /// Longer names are nobody's mistake.
    private static let longest = 48

    /// " Did you mean …?" where there is one to mean, else nothing.
    static func hint(_ name: String, among names: [String]) -> String {
        NearestName.suggestion(for: name, among: names).map { " Did you mean '\($0)'?" } ?? ""
    }

    /// The name that somebody meant who wrote an environment variable's: with letters changed, swapped, missing or too
    /// many, a plural, small letters, or underscores elsewhere.
    ///
    /// Every environment is full of variables that resemble others (`APP_HOST`, `API_HOST`), so that words are compared one
    /// by one and short ones strictly: of three letters (`URL`) only the order may differ.
    static func meant(by name: String, among names: [String]) -> String? {
        guard name.utf8.count <= longest else { return nil }
        let words = Self.words(of: name)
        return names.first { known in
            let others = Self.words(of: known)
            guard words.count == others.count else { return words.joined() == others.joined() }
            let edits = zip(words, others).map(Self.edits)
            return edits.allSatisfy { $0 != nil } && edits.reduce(0) { $0 + ($1 ?? 0) } <= 2
        }
    }

    private static func words(of name: String) -> [String] {
        name.uppercased().split(separator: "_").map { singular($0) }
    }

    private static func singular(_ word: Substring) -> String {
        if word.hasSuffix("IES") { return word.dropLast(3) + "Y" }
        return word.count > 3 && word.hasSuffix("S") ? String(word.dropLast()) : String(word)
    }

    /// How many letters differ; nil: too many for words of that length.
    private static func edits(_ word: String, _ known: String) -> Int? {
        if word == known { return 0 }
        guard known.count > 3 else { return word.sorted() == known.sorted() ? 1 : nil }
        let distance = NearestName.edits(Array(word.utf8), Array(known.utf8))
        return distance <= (known.count > 5 ? 2 : 1) ? distance : nil
    }
}
