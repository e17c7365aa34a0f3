/// Small words and letters that tell languages apart which share a script; what statistics over long texts lack for
/// short ones.
struct FunctionWords: Sendable {
    /// How much more likely one word of a language's list makes it than a language without it, as a logarithm.
    private static let wordWeight = 2.0
    /// The same for one word with a letter that the language writes and others do not.
    private static let letterWeight = 1.5
    /// The most words of a text that count.
    private static let longestText = 200

    private var words: [String: Set<String>] = [:]
    private var letters: [String: Set<Character>] = [:]

    /// The lists of Resources/function-words.txt, where the format is described.
    static let shared = FunctionWords(String(decoding: PackageResources.function_words_txt, as: UTF8.self))

    /// Reads a data file; lines it does not understand are left out.
    init(_ text: String) {
        for line in text.split(whereSeparator: \.isNewline) where !line.hasPrefix("#") {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2, let key = parts[0].split(separator: " ").first.map(String.init) else { continue }
            if parts[0].hasSuffix(" letters") {
                letters[key, default: []].formUnion(parts[1].filter { !$0.isWhitespace })
            } else {
                words[key, default: []].formUnion(parts[1].split(separator: ",").map { $0.filter { !$0.isWhitespace } })
            }
        }
    }

    /// The languages with a list.
    var languages: Set<String> { Set(words.keys) }

    /// How much the words of `text` speak for each language with a list, as logarithms.
    func evidence(in text: String) -> [String: Double] {
        var evidence = words.mapValues { _ in 0.0 }
        let tokens = text.lowercased().split(maxSplits: Self.longestText) { !$0.isLetter && $0 != "¿" && $0 != "¡" }
        for token in tokens.prefix(Self.longestText) {
            for language in evidence.keys {
                if words[language]?.contains(String(token)) == true {
                    evidence[language, default: 0] += Self.wordWeight
                }
                if letters[language]?.isDisjoint(with: token) == false {
                    evidence[language, default: 0] += Self.letterWeight
                }
            }
        }
        return evidence
    }
}
