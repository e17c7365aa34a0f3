/// What one language's data file says about its abbreviations, sentence openings and conjunctions.
///
/// The format is described in Resources/rules-root.txt.
package struct LanguageRules: Sendable {
    /// The lists of a file; raw values as in the file.
    package enum List: String, CaseIterable {
        case title
        case abbreviation
        case number
        case ending
        case starter
        case initial
        case ordinalBefore = "ordinal-before"
        case ordinalAfter = "ordinal-after"
        case conjunction

        fileprivate var bit: UInt16 {
            switch self {
            case .title: 1
            case .abbreviation: 2
            case .number: 4
            case .ending: 8
            case .starter: 16
            case .initial: 32
            case .ordinalBefore: 64
            case .ordinalAfter: 128
            case .conjunction: 256
            }
        }
    }

    /// The lists that a word is in.
    struct Lists {
        fileprivate let bits: UInt16

        func contains(_ list: List) -> Bool { bits & list.bit != 0 }
    }

    /// For each word the lists it is in, as bits.
    private var words: [String: UInt16] = [:]
    /// The abbreviations of several words, and what they begin with: "a.m" and "a" for "a. m.".
    private var beginnings: Set<String> = []
    /// Whether a number with a full stop is an ordinal in this language.
    package private(set) var hasOrdinals = false

    /// The rules for an ISO 639-1 code: those of the language, if there is a file for it, and those for all languages.
    /// A region behind the code ("en-GB") is left out.
    package static func rules(for language: String) -> LanguageRules {
        known[code(of: language)] ?? root
    }

    /// The language's code alone, in small letters.
    static func code(of language: String) -> String {
        language.prefix { $0 != "-" && $0 != "_" }.lowercased()
    }

    /// Whether `word` is in the list, as it is written or in small letters.
    package func contains(_ word: String, in list: List) -> Bool { lists(with: word).contains(list) }

    /// The lists with `word`, as it is written or in small letters.
    func lists(with word: String) -> Lists {
        // No entry is longer, and to look up thousands of combining marks takes time that grows with their square.
        guard !word.isEmpty, word.utf8.count <= 256 else { return Lists(bits: 0) }
        return Lists(bits: (words[word] ?? 0) | (words[word.lowercased()] ?? 0))
    }

    /// Whether an abbreviation of several words, such as "z. B.", is or begins with `words`, written "z.B".
    package func abbreviationBegins(with words: String) -> Bool {
        beginnings.contains(words) || beginnings.contains(words.lowercased())
    }

    /// Reads a data file; lines it does not understand are left out.
    /// - Parameter base: rules that those of the file are added to.
    package init(_ text: String, adding base: LanguageRules? = nil) {
        if let base { self = base } else { self.init() }
        for line in text.split(whereSeparator: \.isNewline) where !line.hasPrefix("#") {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { continue }
            if parts[0] == "ordinals" { hasOrdinals = parts[1].contains("yes") }
            guard let list = List(rawValue: String(parts[0])) else { continue }
            let entries = parts[1].split(separator: ",").map { $0.filter { !$0.isWhitespace } }
            for entry in entries where !entry.isEmpty { words[entry, default: 0] |= list.bit }
            for entry in entries { addBeginnings(of: entry) }
        }
    }

    private mutating func addBeginnings(of entry: String) {
        guard entry.contains(".") else { return }
        beginnings.insert(entry)
        for index in entry.indices where entry[index] == "." { beginnings.insert(String(entry[..<index])) }
    }

    private init() {}

    private static let root = LanguageRules(text(PackageResources.rules_root_txt))

    private static let known: [String: LanguageRules] = [
        "de": PackageResources.rules_de_txt,
        "en": PackageResources.rules_en_txt,
        "es": PackageResources.rules_es_txt,
        "fr": PackageResources.rules_fr_txt,
        "hi": PackageResources.rules_hi_txt,
    ].mapValues { LanguageRules(text($0), adding: root) }

    private static func text(_ bytes: [UInt8]) -> String {
        String(decoding: bytes, as: UTF8.self)
    }
}
