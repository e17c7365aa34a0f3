internal import Environment
package import MachineTranslation

/// Stands in for a model, for load tests and demonstrations of everything around the engine: takes a given time for every
/// word and gives back the source with its words in reverse. Deterministic.
package struct SimulatedTranslator: SegmentTranslator {
    package let pair: LanguagePair
    private let timePerWord: Duration
    private let sleep: @Sendable (Duration) async throws -> Void

    package init(
        pair: LanguagePair,
        timePerWord: Duration,
        sleep: @escaping @Sendable (Duration) async throws -> Void
    ) {
        self.pair = pair
        self.timePerWord = timePerWord
        self.sleep = sleep
    }

    package func translate(_ segments: [String], options: TranslationOptions) async throws -> [SegmentTranslation] {
        let words = segments.reduce(0) { $0 + WordCount.words(in: $1) }
        if timePerWord > .zero { try await sleep(timePerWord * words) }
        return segments.map { segment in
            let words = segment.split(separator: " ").reversed().joined(separator: " ")
            var translation = SegmentTranslation(text: "[\(pair.target)] \(words)", confidence: 0.5)
            translation.alternatives = (0..<options.alternatives).map { "[\(pair.target) \($0 + 2)] \(words)" }
            return translation
        }
    }
}

/// Simulated translators between a few languages, all pairs of them.
package struct SimulatedTranslatorSource: TranslatorSource {
    package let pairs: Set<LanguagePair>
    private let timePerWord: Duration
    private let sleep: @Sendable (Duration) async throws -> Void

    package init(
        languages: [String] = ["de", "en", "es", "fr", "hi"],
        timePerWord: Duration,
        sleep: @escaping @Sendable (Duration) async throws -> Void
    ) {
        pairs = Set(languages.flatMap { a in languages.filter { $0 != a }.map { LanguagePair(source: a, target: $0) } })
        self.timePerWord = timePerWord
        self.sleep = sleep
    }

    package func targets(from source: String) -> Set<String> {
        Set(pairs.filter { $0.source == source }.map(\.target))
    }

    package func translator(for pair: LanguagePair) async throws -> any SegmentTranslator {
        SimulatedTranslator(pair: pair, timePerWord: timePerWord, sleep: sleep)
    }

    package func fingerprint(for pair: LanguagePair) async throws -> String { "simulated" }

    package func models() -> [ModelStatus] {
        [
            ModelStatus(
                name: "simulated",
                version: "1",
                licence: "MIT",
                pairs: pairs.sorted { ($0.source, $0.target) < ($1.source, $1.target) },
                isLoaded: true,
                memoryBytes: 0
            )
        ]
    }
}
