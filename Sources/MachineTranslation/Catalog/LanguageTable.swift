internal import Synchronization

/// Which languages there are, and which can be translated to which. Worked out once: with a hundred languages, and their
/// ten thousand pairs, a question costs what it costs with three. Thread-safe.
package final class LanguageTable: Sendable {
    /// What is translated directly.
    package let pairs: Set<LanguagePair>
    /// What something is translated from.
    package let sources: Set<String>
    /// What something is translated to.
    package let targets: Set<String>
    private let targetsBySource: [String: Set<String>]
    private let sourcesByTarget: [String: Set<String>]
    /// By the plain code of a language, as detection knows it, the source that it means: `pt` may mean `pt-BR`.
    package let sourcesByLanguage: [String: String]
    private let languagesByTarget: [String: [String: String]]
    private let matchers: (source: LanguageMatcher, target: LanguageMatcher)
    /// Made when they are first needed: a name takes as long as many look-ups.
    private let names = Mutex<[(code: String, name: String)]?>(nil)

    /// - Parameters:
    ///   - pairs: what is translated directly.
    ///   - pivots: languages through which two pairs make a third.
    package init(pairs: Set<LanguagePair>, pivots: [String] = []) {
        self.pairs = pairs
        let direct = Dictionary(grouping: pairs, by: \.source).mapValues { Set($0.map(\.target)) }
        var reached = direct
        for (source, targets) in direct {
            for pivot in pivots where targets.contains(pivot) {
                reached[source, default: []].formUnion(direct[pivot] ?? [])
            }
            reached[source]?.remove(source)
        }
        targetsBySource = reached
        sourcesByTarget = reached.reduce(into: [:]) { sources, entry in
            for target in entry.value { sources[target, default: []].insert(entry.key) }
        }
        sources = Set(direct.keys)
        targets = Set(pairs.map(\.target))
        matchers = (LanguageMatcher(sources), LanguageMatcher(targets))
        let spoken = matchers.source.codesByLanguage
        sourcesByLanguage = spoken
        languagesByTarget = sourcesByTarget.reduce(into: [:]) { table, entry in
            // A text may be in the target's language already, whether something translates from there or not.
            var languages = LanguageMatcher([entry.key]).codesByLanguage
            languages.merge(spoken.filter { entry.value.contains($0.value) }) { target, _ in target }
            table[entry.key] = languages
        }
    }

    /// What a source can be translated to, in one step or two.
    package func targets(from source: String) -> Set<String> { targetsBySource[source] ?? [] }

    /// What can be translated to a target, in one step or two.
    package func sources(to target: String) -> Set<String> { sourcesByTarget[target] ?? [] }

    /// What a text that is to be translated to a target may be in, the target itself included: codes of the table, by the
    /// plain codes as detection knows them.
    package func languages(to target: String) -> [String: String] { languagesByTarget[target] ?? [:] }

    /// Every language with its English name, by code.
    package var named: [(code: String, name: String)] {
        names.withLock { names in
            if let names { return names }
            let all = sources.union(targets).sorted().map { (code: $0, name: LanguageCodes.name(of: $0)) }
            names = all
            return all
        }
    }

    // MARK: Codes as people write them

    /// The source language that a code means (`EN`, `en-US`, `eng`); nil where there is none.
    package func source(_ wish: String) -> String? { matchers.source.code(for: wish) }

    /// The target language that a code means.
    /// - Parameter source: of what can be reached from it, if anything is meant there.
    /// - Returns: nil where there is none.
    package func target(_ wish: String, from source: String? = nil) -> String? {
        let reached = source.map { targets(from: $0) }
        if let reached, let code = matchers.target.code(for: wish, where: reached.contains) { return code }
        return matchers.target.code(for: wish)
    }

    /// The pair that two codes mean.
    /// - Throws: `LanguageProblem` for one that is not translated, with what there is and what was probably meant.
    package func pair(_ wish: LanguagePair) throws(LanguageProblem) -> LanguagePair {
        guard let source = source(wish.source) else { throw unknown(wish.source, translatedFrom: true) }
        guard let target = target(wish.target, from: source) else { throw unknown(wish.target, translatedFrom: false) }
        guard source != target else {
            throw LanguageProblem(
                .same,
                "Source and target language are both '\(source)'; there is nothing to translate."
            )
        }
        let pair = LanguagePair(source: source, target: target)
        guard targets(from: source).contains(target) else { throw impossible(pair) }
        return pair
    }

    /// What is wrong with a pair of which both languages are known.
    package func impossible(_ pair: LanguagePair) -> LanguageProblem {
        let list = targets(from: pair.source).sorted().joined(separator: ", ")
        return LanguageProblem(
            .impossible,
            "No model translates \(pair). From '\(pair.source)' there is: \(list.isEmpty ? "nothing" : list)."
        )
    }

    /// What is wrong with a code that means no language here.
    /// - Parameter translatedFrom: whether it is a source that is looked for.
    package func unknown(_ wish: String, translatedFrom: Bool) -> LanguageProblem {
        guard !pairs.isEmpty else { return LanguageProblem(.nothing, "There are no models.") }
        let possible = translatedFrom ? sources : targets
        let known = named.filter { possible.contains($0.code) }
        let list = known.map { "\($0.code) (\($0.name))" }.joined(separator: ", ")
        let hint = LanguageCodes.suggestion(for: wish, among: known).map { " Did you mean '\($0)'?" } ?? ""
        let isShort = wish.unicodeScalars.count <= 40
        let shown = isShort ? wish : String(String.UnicodeScalarView(wish.unicodeScalars.prefix(40))) + "…"
        return LanguageProblem(
            .unknown,
            "No model knows the \(translatedFrom ? "source" : "target") language '\(shown)'.\(hint) There are: \(list)."
        )
    }
}

/// Why two codes are no pair that can be translated, worded for the person who wrote them.
package struct LanguageProblem: Error {
    package enum Kind: Sendable {
        /// No model knows the language.
        case unknown
        /// Both languages are known, and nothing translates from one to the other.
        case impossible
        /// Source and target are the same.
        case same
        /// A text's language is to be recognised and cannot be.
        case undetected
        /// There are no models at all.
        case nothing
    }

    package let kind: Kind
    package let message: String

    package init(_ kind: Kind, _ message: String) { (self.kind, self.message) = (kind, message) }
}
