internal import Dispatch
internal import Inference
package import MachineTranslation

/// Translators on the models of a folder.
package struct NeuralTranslatorSource: TranslatorSource {
    private let factory: TranslatorFactory
    // Models are mapped and packed here: that blocks, and must not do so on Swift's cooperative pool.
    private static let loading = DispatchQueue(label: "model-loading")

    package init(_ factory: TranslatorFactory) { self.factory = factory }

    package var pairs: Set<LanguagePair> { factory.catalog.pairs }

    package func targets(from source: String) -> Set<String> { factory.catalog.targets(from: source) }

    package func translator(for pair: LanguagePair) async throws -> any SegmentTranslator {
        let models = try route(pair)
        // What is loaded is ready at once.
        if models.allSatisfy({ factory.loadedModel($0) != nil }) { return try factory.translator(for: pair) }
        return try await withCheckedThrowingContinuation { continuation in
            Self.loading.async { [factory] in
                continuation.resume(with: Result { try factory.translator(for: pair) })
            }
        }
    }

    package func fingerprint(for pair: LanguagePair) async throws -> String {
        try route(pair).map { description in
            factory.loadedModel(description)?.engine.model.fingerprint ?? description.name
        }.joined(separator: "+")
    }

    package func models() -> [ModelStatus] {
        factory.catalog.models.map { description in
            let model = factory.loadedModel(description)?.engine.model
            return ModelStatus(
                name: description.name,
                version: description.version,
                licence: description.licence,
                pairs: description.pairs.sorted { ($0.source, $0.target) < ($1.source, $1.target) },
                isLoaded: model != nil,
                memoryBytes: model?.weightBytes ?? 0
            )
        }
    }

    private func route(_ pair: LanguagePair) throws -> [ModelDescription] {
        switch try factory.catalog.route(for: pair) {
        case .direct(let model): [model]
        case .pivot(_, let first, let second): [first, second]
        }
    }
}
