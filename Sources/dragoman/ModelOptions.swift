import ArgumentParser
import Foundation
import Inference
import MachineTranslation

/// Where models are looked for.
struct ModelsFolderOption: ParsableArguments {
    @Option(
        name: .customLong("models"),
        help: "Folder of models (default: DRAGOMAN_MODEL_PATH, else 'Models' here or beside the program).",
        completion: .directory
    )
    var folder: String?

    /// The folder that is meant.
    var resolved: String {
        if let folder { return folder }
        let environment = ProcessInfo.processInfo.environment
        let named = ["DRAGOMAN_MODEL_PATH", "MODEL_PATH"].compactMap { environment[$0] }.first { !$0.isEmpty }
        return named ?? Self.found ?? "Models"
    }

    /// The folder of models that is there without being named.
    static var found: String? { candidates.first { FileManager.default.fileExists(atPath: $0) } }

    /// The working directory, the folder above the build folder, and an installation's share folder.
    private static var candidates: [String] {
        let program = (Bundle.main.executableURL ?? URL(fileURLWithPath: CommandLine.arguments[0]))
            .resolvingSymlinksInPath().deletingLastPathComponent()
        let beside = ["Models", "../share/dragoman/Models", "../../../Models", "../../Models"]
        return ["Models"] + beside.map { program.appendingPathComponent($0).standardizedFileURL.path }
    }

    /// The model that an argument means: a directory, a package, or the name of an installed model.
    func model(_ argument: String) throws -> ModelDescription {
        if argument.contains("/") || FileManager.default.fileExists(atPath: argument) {
            return try ModelLocator().describe(argument)
        }
        return try ModelCatalog(folder: resolved).model(named: argument)
    }

    /// The language identification model that ships with the program.
    var languageModel: String { resolved + "/lid176/lid.176.ftz" }
}

/// Which model runs, and how.
struct EngineOptions: ParsableArguments {
    @Option(help: "A model directory, a package, or an installed model's name.", completion: .directory)
    var model: String?

    @OptionGroup
    var models: ModelsFolderOption

    @Option(help: "Threads (default: one for each core).")
    var threads: Int?

    @Option(help: "Numbers to compute with: int8 or float32.")
    var compute = Compute.int8

    func validate() throws {
        if let threads, !(1...1024).contains(threads) {
            throw ValidationError("--threads is \(threads), expected 1 to 1024.")
        }
    }

    /// The models to choose from.
    func catalog() throws -> ModelCatalog {
        guard let model else { return try ModelCatalog(folder: models.resolved) }
        return ModelCatalog(models: [try models.model(model)])
    }

    func factory() throws -> TranslatorFactory {
        let count = threads ?? ProcessInfo.processInfo.activeProcessorCount
        return try TranslatorFactory(catalog: try catalog(), compute: compute.type, engine: .init(threads: count))
    }
}
