internal import Inference
internal import MachineTranslation
internal import TextAnalysis

/// Loads a model as a translation would, so that nothing is installed that does not run.
struct ModelCheck {
    /// For packed weights, which the first translation then finds ready; nil keeps them in memory.
    let cacheFolder: String?

    /// - Throws: `.damaged` that says what the engine does not take.
    func load(_ path: String) throws -> ModelDescription {
        try inWords {
            let description = try ModelLocator().describe(path)
            let model = try LoadedModel(description, engine: .init(threads: 1), cacheFolder: cacheFolder)
            if let pair = description.pairs.first { _ = try model.targetPrefix(for: pair) }
            return description
        }
    }

    private func inWords<Value>(_ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let error as MachineTranslationError {
            throw ModelInstallationError(.damaged, error.message, cause: error)
        } catch let error as InferenceError {
            throw ModelInstallationError(.damaged, error.message, cause: error)
        } catch let error as TextAnalysisError {
            throw ModelInstallationError(.damaged, error.message, cause: error)
        }
    }
}
