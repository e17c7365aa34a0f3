internal import Foundation
internal import Inference
internal import Logging
internal import MachineTranslation

/// The models of an installation, the threads they run on, and the memory they may take.
struct ModelAssembly {
    let factory: TranslatorFactory

    /// - Throws: `ConfigurationError` where there is no model to use, or none of a name; `InferenceError` for an unknown
    ///   `DRAGOMAN_ISA`.
    init(_ settings: SettingValues, _ logger: Logger) throws {
        let catalog = try Self.catalog(settings)
        for problem in catalog.problems {
            logger.warning(
                "a model cannot be used",
                metadata: ["path": "\(problem.path)", "error": "\(problem.error)"]
            )
        }
        let pinned = try Self.models(named: settings(Settings.pinnedModels), Settings.pinnedModels.name, catalog)
        factory = try TranslatorFactory(
            catalog: catalog,
            engine: Self.engine(settings),
            memory: Self.memory(settings, pinned),
            report: { Self.log($1, of: $0, logger) }
        )
        for model in pinned { factory.load(model) }
    }

    private static func engine(_ settings: SettingValues) -> ComputePool.Configuration {
        let threads = settings(Settings.threads)
        var engine = ComputePool.Configuration(
            threads: threads == 0 ? ProcessInfo.processInfo.activeProcessorCount : threads
        )
        engine.urgentThreads = engine.threads
        engine.maximumRows = 2 * settings(Settings.batchSize)
        engine.maximumTokens = max(engine.maximumTokens, 64 * settings(Settings.batchSize))
        return engine
    }

    private static func memory(_ settings: SettingValues, _ pinned: [ModelDescription]) -> ModelMemory {
        let limit = settings(Settings.modelMemory)
        var memory = ModelMemory()
        memory.limit = limit > 0 ? limit : AvailableMemory.bytes() / 10 * 7
        memory.pinned = Set(pinned.map(\.name))
        return memory
    }

    // MARK: Which models

    /// The models in the folder that are to be used.
    private static func catalog(_ settings: SettingValues) throws -> ModelCatalog {
        let all = try ModelCatalog(folder: settings(Settings.modelPath))
        let names = settings(Settings.models)
        let catalog =
            names.isEmpty
            ? all
            : ModelCatalog(
                folder: all.folder,
                models: try models(named: names, Settings.models.name, all),
                problems: all.problems.filter { names.contains($0.name) }
            )
        guard catalog.models.isEmpty else { return catalog }
        let reasons = catalog.problems.map { "'\($0.name)' cannot be used: \($0.error.message)" }.joined(separator: " ")
        throw ConfigurationError(problems: [
            "The folder '\(all.folder)' (model_path) holds no model to use, expected at least one model directory. \(reasons)"
        ])
    }

    /// The models of given names. Those that are damaged are left out: the others can be used without them.
    private static func models(
        named names: [String],
        _ setting: String,
        _ catalog: ModelCatalog
    ) throws -> [ModelDescription] {
        try names.filter { name in !catalog.problems.contains { $0.name == name } }.map { name in
            do {
                return try catalog.model(named: name)
            } catch let error as MachineTranslationError {
                throw ConfigurationError(problems: ["\(setting) has '\(name)'. \(error.message)"])
            }
        }
    }

    // MARK: Logs

    private static func log(_ event: ModelEvent, of model: ModelDescription, _ logger: Logger) {
        var metadata: Logger.Metadata = ["model": "\(model.name)"]
        switch event {
        case .loaded(let bytes, let time):
            metadata["bytes"] = "\(bytes)"
            metadata["seconds"] = "\(time / .seconds(1))"
            logger.info("a model was loaded", metadata: metadata)
        case .failed(let error):
            metadata["error"] = "\(error)"
            logger.error("a model cannot be loaded, and is left out", metadata: metadata)
        case .evicted(let bytes):
            metadata["bytes"] = "\(bytes)"
            logger.info("a model was let go of to make room for another", metadata: metadata)
        case .unloaded:
            logger.notice("a model was unloaded as an administrator asked for it", metadata: metadata)
        case .exceeds(let limit, let bytes):
            metadata["bytes"] = "\(bytes)"
            metadata["limit"] = "\(limit)"
            logger.warning(
                "a model is loaded beyond model_memory, as there was no other to let go of; raise it, or install less",
                metadata: metadata
            )
        }
    }
}
