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
    /// - Parameters:
    ///   - more: options that the command has for settings.
    ///   - isForServer: whether they are to be what a server needs.
    func values(_ more: [String: String?] = [:], isForServer: Bool = false) async throws -> SettingValues {
        var (options, problems): ([String: String], [String]) = ([:], [])
        for assignment in assignments {
            let parts = assignment.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2, !parts[0].isEmpty {
                options[parts[0].lowercased()] = String(parts[1])
            } else {
                problems.append("--set is '\(assignment.prefix(100))', expected name=value.")
            }
        }
        options["data_dir"] = dataFolder ?? options["data_dir"]
        for (name, value) in more { options[name] = value ?? options[name] }
        // Beside the program, if nothing else is said and the working directory has no models.
        let beside = FileManager.default.fileExists(atPath: "Models") ? nil : ModelsFolderOption.found
        return try await SettingValues(
            file: config,
            environment: ProcessInfo.processInfo.environment,
            options: options,
            found: beside.map { ["model_path": $0] } ?? [:],
            problems: problems,
            check: { isForServer ? await ServerSettings.problems($0) : [] }
        )
    }
}
