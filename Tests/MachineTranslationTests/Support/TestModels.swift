import Foundation
import MachineTranslation
import TemporaryFolders

/// Loaded models for tests. Packed weights stay in memory, so that no test depends on the user's cache or fills it.
enum TestModels {
    /// The shipped models, loaded once for all tests.
    static let shipped = Result {
        try TranslatorFactory(catalog: try ModelCatalog(folder: Repository.path("Models")), cacheFolder: nil)
    }

    /// A translator of the starter.
    static func starter(_ source: String, _ target: String) async throws -> any SegmentTranslator {
        try await shipped.get().translator(for: LanguagePair(source: source, target: target))
    }

    static func load(_ description: ModelDescription) throws -> LoadedModel {
        try LoadedModel(description, cacheFolder: nil)
    }

    /// Describes and loads the model in a folder or package.
    static func load(_ path: String, cache: TemporaryFolder? = nil) throws -> LoadedModel {
        try load(try ModelLocator(cacheFolder: cache?.path ?? "/nonexistent").describe(path))
    }

    /// The starter's directions.
    static let pairs = [("en", "es"), ("es", "en"), ("en", "hi"), ("hi", "en")].map(LanguagePair.init)
}

extension TranslationOptions {
    init(beamSize: Int = 1, alternatives: Int = 0, guards: Bool = true, priority: Int = 0) {
        self.init()
        self.beamSize = beamSize
        self.alternatives = alternatives
        self.guards = guards
        self.priority = priority
    }
}
