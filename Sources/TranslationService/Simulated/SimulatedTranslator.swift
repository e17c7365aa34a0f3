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
            // By scalars: to compare characters takes long where they have thousands of combining marks.
            let words = segment.unicodeScalars.split(separator: " ").reversed()
                .map { String(String.UnicodeScalarView($0)) }.joined(separator: " ")
            var translation = SegmentTranslation(text: "[\(pair.target)] \(words)", confidence: 0.5)
            translation.alternatives = (0..<max(0, options.alternatives)).map { "[\(pair.target) \($0 + 2)] \(words)" }
            return translation
        }
    }
}

/// Simulated translators between a few languages, all pairs of them.
package struct SimulatedTranslatorSource: TranslatorSource {
    package let languages: LanguageTable
    private let timePerWord: Duration
    private let sleep: @Sendable (Duration) async throws -> Void

    package init(
        languages: [String] = ["de", "en", "es", "fr", "hi"],
        timePerWord: Duration,
        sleep: @escaping @Sendable (Duration) async throws -> Void
    ) {
        let pairs = languages.flatMap { a in languages.filter { $0 != a }.map { LanguagePair(source: a, target: $0) } }
        self.languages = LanguageTable(pairs: Set(pairs))
        self.timePerWord = timePerWord
        self.sleep = sleep
    }

    package func translator(for pair: LanguagePair) async throws -> ReadyTranslator {
        let translator = SimulatedTranslator(pair: pair, timePerWord: timePerWord, sleep: sleep)
        return ReadyTranslator(translator, fingerprint: "simulated")
    }

    package func models() -> [ModelStatus] { [status] }

    package func load(_ name: String) throws -> ModelStatus { try model(name) }

    package func unload(_ name: String) throws -> ModelStatus {
        _ = try model(name)
        throw TranslationServiceError(.modelConflict, "The simulated model is always there.")
    }

    private func model(_ name: String) throws -> ModelStatus {
        guard name == status.name else {
            throw TranslationServiceError(
                .unknownModel,
                "There is no model '\(name)'. There are: \(status.name)."
            )
        }
        return status
    }

    private var status: ModelStatus {
        var state = ModelState()
        state.stage = .loaded
        return ModelStatus(
            name: "simulated",
            version: "1",
            licence: "MIT",
            pairs: languages.pairs.sorted { ($0.source, $0.target) < ($1.source, $1.target) },
            state: state
        )
    }
}
