internal import Foundation

/// Models by directory, each loaded once. Thread-safe.
final class LoadedModels: @unchecked Sendable {
    // Unchecked: `models` is guarded by the lock. Not a `Mutex`, whose contended path the thread sanitizer does not see on
    // Linux, so that it would report races where there are none.
    private let lock = NSLock()
    private var models: [String: LoadedModel] = [:]

    /// The model of a directory, loaded if it is not there.
    func model(_ directory: String, load: () throws -> LoadedModel) throws -> LoadedModel {
        // Loading under the lock: two callers that need the same model must not load it twice.
        try lock.withLock {
            if let model = models[directory] { return model }
            let model = try load()
            models[directory] = model
            return model
        }
    }

    /// Every loaded model.
    var all: [LoadedModel] { lock.withLock { Array(models.values) } }

    /// The model of a directory, if it is loaded.
    func model(_ directory: String) -> LoadedModel? { lock.withLock { models[directory] } }
}
