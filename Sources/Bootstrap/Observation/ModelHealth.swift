internal import MachineTranslation
internal import TranslationService
internal import WebServer

/// What `/health` says of the models of this process.
enum ModelHealth {
    static func checks(of service: TranslationService) -> [HealthCheck] {
        [
            HealthCheck("engine") {
                guard service.models().contains(where: { $0.state.stage != .failed }) else {
                    throw TranslationServiceError(.unavailable, "There is no model that can be used.")
                }
            },
            HealthCheck("models", isEssential: false) {
                let failed = service.models().filter { $0.state.stage == .failed }.map { "'\($0.name)'" }
                guard failed.isEmpty else {
                    throw TranslationServiceError(
                        .unavailable,
                        "Models cannot be used: \(failed.joined(separator: ", "))."
                    )
                }
            },
        ]
    }
}
