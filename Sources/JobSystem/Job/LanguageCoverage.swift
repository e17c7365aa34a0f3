/// Which pairs of languages a worker can do, as blocks of sources and targets: a model that translates between a hundred
/// languages is one block of two hundred codes, not a list of ten thousand pairs. Worked out once.
package struct LanguageCoverage: Hashable, Sendable, ExpressibleByArrayLiteral {
    /// Every source with every target but itself; a pair is in one block.
    package struct Block: Hashable, Sendable {
        package let sources: [String]
        package let targets: [String]
    }

    package let blocks: [Block]

    package init(_ pairs: some Collection<JobLanguages>) {
        let targetsBySource = Dictionary(grouping: pairs, by: \.source).mapValues { Set($0.map(\.target)) }
        let targets = targetsBySource.values.reduce(into: Set<String>()) { $0.formUnion($1) }
        // A source among its own targets says nothing, and makes sources with the same others alike.
        let alike = Dictionary(grouping: targetsBySource.keys) { source in
            (targetsBySource[source] ?? []).union(targets.contains(source) ? [source] : [])
        }
        blocks = alike.map { Block(sources: $1.sorted(), targets: $0.sorted()) }.sorted {
            $0.sources.lexicographicallyPrecedes($1.sources)
        }
    }

    package init(arrayLiteral pairs: JobLanguages...) { self.init(pairs) }

    /// Whether a job of these languages can be done; capitals make no difference.
    package func contains(_ languages: JobLanguages) -> Bool {
        let (source, target) = (languages.source.lowercased(), languages.target.lowercased())
        return blocks.contains { block in
            block.sources.contains { $0.lowercased() == source } && block.targets.contains { $0.lowercased() == target }
        }
    }

    /// Every pair, in order.
    package var pairs: [JobLanguages] {
        let pairs = blocks.flatMap { block in
            block.sources.flatMap { source in
                block.targets.filter { $0 != source }.map { JobLanguages(source: source, target: $0) }
            }
        }
        return pairs.sorted { ($0.source, $0.target) < ($1.source, $1.target) }
    }
}
