import ArgumentParser
import Bootstrap
import Foundation

/// Settings on the command line. Each has an option for what is set most often; `--set` reaches all of them.
struct SettingOptions: ParsableArguments {
    @Option(
        help: "Configuration file (default: dragoman.yaml, if it is there).",
        completion: .file(extensions: ["yaml", "yml"])
    )
    var config: String?

    @Option(name: .customLong("data-dir"), help: "Folder of the database and everything kept.", completion: .directory)
    var dataFolder: String?

    @Option(name: .customLong("set"), help: "Any setting, as name=value; 'dragoman config' lists them.")
    var assignments: [String] = []

    /// The settings, with what is missing found where the other commands find it.
    func values(_ more: [String: String?] = [:]) async throws -> SettingValues {
        var options: [String: String] = [:]
        for assignment in assignments {
            let parts = assignment.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[0].isEmpty else {
                throw ValidationError("--set is '\(assignment)', expected name=value.")
            }
            let name = parts[0].lowercased()
            guard Settings.all.contains(where: { $0.name == name }) else {
                throw ValidationError("--set names '\(name)', which is no setting; 'dragoman config' lists them.")
            }
            options[name] = String(parts[1])
        }
        options["data_dir"] = dataFolder ?? options["data_dir"]
        for (name, value) in more { options[name] = value ?? options[name] }
        var environment = ProcessInfo.processInfo.environment
        // Beside the program, if neither the environment nor the working directory has models.
        if environment["MODEL_PATH"] == nil, options["model_path"] == nil,
            !FileManager.default.fileExists(atPath: "Models")
        {
            environment["MODEL_PATH"] = ModelsFolderOption.found
        }
        return try await SettingValues(file: config, environment: environment, options: options)
    }
}
