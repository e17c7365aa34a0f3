package import MachineTranslation

/// Translators on the models of a folder.
package struct NeuralTranslatorSource: TranslatorSource {
    private let factory: TranslatorFactory

    package init(_ factory: TranslatorFactory) { self.factory = factory }

    package var languages: LanguageTable { factory.catalog.languages }

    package func translator(for pair: LanguagePair) async throws -> ReadyTranslator {
        do {
            let translator = try await factory.leased(for: pair)
            return ReadyTranslator(translator, fingerprint: translator.fingerprint)
        } catch let error as MachineTranslationError where [.unknownLanguage, .invalidRequest].contains(error.code) {
            throw error
        } catch let error as CancellationError {
            throw error
        } catch {
            throw TranslationServiceError(
                .unavailable,
                "The model for \(pair) cannot be used at the moment. The server's log and its list of models say why.",
                cause: error
            )
        }
    }

    package func models() -> [ModelStatus] {
        factory.catalog.models.map(status) + factory.catalog.problems.map(ModelStatus.init)
    }

    package func load(_ name: String) throws -> ModelStatus {
        let model = try model(name)
        factory.load(model)
        return status(model)
    }

    package func unload(_ name: String) throws -> ModelStatus {
        let model = try model(name)
        guard !factory.state(of: model).isPinned else {
            throw TranslationServiceError(
                .modelConflict,
                "The model '\(model.name)' is pinned and stays loaded, expected one that 'pinned_models' does not name."
            )
        }
        factory.unload(model)
        return status(model)
    }

    private func model(_ name: String) throws -> ModelDescription {
        do {
            return try factory.catalog.model(named: name)
        } catch let error as MachineTranslationError {
            // The folder is there, and what is in it is no model that runs.
            let isKnown = factory.catalog.problems.contains { $0.name == name }
            throw TranslationServiceError(isKnown ? .modelConflict : .unknownModel, error.message)
        }
    }

    private func status(_ description: ModelDescription) -> ModelStatus {
        ModelStatus(
            name: description.name,
            version: description.version,
            licence: description.licence,
            pairs: description.pairs.sorted { ($0.source, $0.target) < ($1.source, $1.target) },
            state: factory.state(of: description)
        )
    }
}
