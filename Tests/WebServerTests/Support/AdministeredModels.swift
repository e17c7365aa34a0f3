import MachineTranslation
import TranslationService

/// The simulated translators, and models in every state that an administrator can meet.
struct AdministeredModels: TranslatorSource {
    private let simulated = SimulatedTranslatorSource(timePerWord: .zero) { _ in }

    var languages: LanguageTable { simulated.languages }

    func translator(for pair: LanguagePair) async throws -> ReadyTranslator {
        try await simulated.translator(for: pair)
    }

    func models() -> [ModelStatus] {
        [Self.status("busy", .loaded, uses: 1), Self.status("slow", .loading), Self.damaged]
    }

    func load(_ name: String) throws -> ModelStatus {
        switch name {
        case "slow": return Self.status(name, .loading)
        case "busy": return Self.status(name, .loaded)
        case "damaged": throw TranslationServiceError(.modelConflict, "The model is damaged.")
        default: throw TranslationServiceError(.unknownModel, "There is no model '\(name)'.")
        }
    }

    func unload(_ name: String) throws -> ModelStatus {
        switch name {
        case "slow": return Self.status(name, .unloaded)
        case "busy": return Self.status(name, .loaded, uses: 1)
        case "damaged": throw TranslationServiceError(.modelConflict, "The model is pinned.")
        default: throw TranslationServiceError(.unknownModel, "There is no model '\(name)'.")
        }
    }

    private static var damaged: ModelStatus {
        var status = status("damaged", .failed)
        status.problem = "'model.bin' is empty, expected a file with content."
        return status
    }

    private static func status(_ name: String, _ stage: ModelState.Stage, uses: Int = 0) -> ModelStatus {
        var state = ModelState()
        state.stage = stage
        state.bytes = stage == .loaded ? 1000 : 0
        (state.uses, state.loads) = (uses, 1)
        (state.lastUsed, state.loadTime) = (.seconds(5), .milliseconds(250))
        return ModelStatus(name: name, version: "1", licence: "MIT", pairs: [], state: state)
    }
}
