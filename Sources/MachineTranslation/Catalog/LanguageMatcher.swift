/// Finds which of some codes another one means: exactly that code; the same in other letters; the same language in the
/// same script, of the same region where there is a choice; the same language; one that is counted with it.
struct LanguageMatcher: Sendable {
    private struct Known: Sendable {
        var code: String
        var tag: LanguageTag
    }

    private let codes: Set<String>
    /// By the code in small letters, with `-`.
    private let written: [String: String]
    private let byLanguage: [String: [Known]]

    init(_ codes: Set<String>) {
        self.codes = codes
        let sorted = codes.sorted()
        written = Dictionary(sorted.map { (Self.folded($0), $0) }, uniquingKeysWith: { first, _ in first })
        byLanguage = Dictionary(
            grouping: sorted.compactMap { code in LanguageTag(code).map { Known(code: code, tag: $0) } },
            by: \.tag.language
        )
    }

    /// The code that is meant, of those that are possible; nil where none is.
    func code(for wish: String, where isPossible: (String) -> Bool = { _ in true }) -> String? {
        guard wish.utf8.count <= LanguageTag.longest else { return nil }
        if codes.contains(wish), isPossible(wish) { return wish }
        if let code = written[Self.folded(wish)], isPossible(code) { return code }
        guard let tag = LanguageTag(wish) else { return nil }
        for language in [tag.language] + LanguageTag.relatives(of: tag.language) {
            let candidates = (byLanguage[language] ?? []).filter { isPossible($0.code) }
            guard candidates.count > 1 else {
                if let only = candidates.first { return only.code }
                continue
            }
            return Self.nearest(to: tag, candidates)
        }
        return nil
    }

    /// The code that each plain code of a language means, for all that mean one.
    var codesByLanguage: [String: String] {
        let languages = Set(byLanguage.keys).union(byLanguage.keys.flatMap(LanguageTag.relatives))
        return languages.reduce(into: [:]) { codes, language in codes[language] = code(for: language) }
    }

    private static func nearest(to wish: LanguageTag, _ candidates: [Known]) -> String? {
        let likely = wish.likely
        func distance(_ known: Known) -> (Int, Int) {
            let script = known.tag.likely.script == likely.script ? 0 : 1
            switch known.tag.region {
            case wish.region: return (script, 0)
            case nil: return (script, 1)
            case likely.region: return (script, 2)
            default: return (script, 3)
            }
        }
        // In order of their codes, of which the first of the nearest is taken.
        return candidates.map { (code: $0.code, distance: distance($0)) }.min { $0.distance < $1.distance }?.code
    }

    private static func folded(_ code: String) -> String { code.lowercased().replacing("_", with: "-") }
}
