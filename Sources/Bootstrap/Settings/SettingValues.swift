internal import Configuration
internal import Foundation
internal import SystemPackage
internal import Yams

/// The settings of an installation: defaults, overridden by `dragoman.yaml`, overridden by the environment, overridden by
/// options of the command line. All values are possible ones.
package struct SettingValues: Sendable {
    /// Where a value comes from.
    package enum Origin: Hashable, Sendable, CustomStringConvertible {
        case standard
        /// What the program found for itself.
        case found
        case file(String)
        case environment(String)
        case option(String)

        package var description: String {
            switch self {
            case .standard: "default"
            case .found: "found beside the program"
            case .file(let path): path
            case .environment(let name): "environment variable \(name)"
            case .option(let name): "option \(name)"
            }
        }
    }

    /// The file that is read where no other is named and it is there.
    package static let standardFile = "dragoman.yaml"

    /// What is worth saying about them, though nothing is wrong: variables that look as if they were meant, and are not
    /// read.
    package let notes: [String]
    /// Settings whose values were refused; the defaults stand in until all problems are found.
    package private(set) var refused: Set<String> = []

    private var texts: [String: (text: String, origin: Origin)] = [:]

    /// Reads the settings.
    /// - Parameters:
    ///   - file: a YAML file that must be there; nil: `dragoman.yaml`, if it is.
    ///   - environment: the environment variables. Empty ones count as not set.
    ///   - options: values given on the command line, by name of the setting; also empty ones.
    ///   - found: values in the place of defaults.
    ///   - problems: what is wrong with the command line already.
    ///   - check: finds what is wrong with the values together, where each of them is a possible one.
    /// - Throws: `ConfigurationError` with everything that is wrong.
    package init(
        file: String?,
        environment: [String: String],
        options: [String: String] = [:],
        found: [String: String] = [:],
        problems: [String] = [],
        check: (SettingValues) async -> [String] = { _ in [] }
    ) async throws {
        notes = SettingVariables.notes(environment)
        var problems = problems + Self.unknownOptions(options) + SettingVariables.problems(environment)
        let path = file ?? Self.standardFile
        let contents = try await Self.provider(ofFile: path, isRequired: file != nil, &problems)
        for setting in Settings.all {
            let value =
                options[setting.name].map { ($0, Origin.option("--" + setting.name.replacing("_", with: "-"))) }
                ?? setting.variables.lazy.compactMap { name in
                    environment[name].flatMap { $0.isEmpty ? nil : ($0, Origin.environment(name)) }
                }.first
                ?? Self.text(of: setting.name, in: contents).flatMap { $0.isEmpty ? nil : ($0, Origin.file(path)) }
                ?? found[setting.name].map { ($0, Origin.found) }
            guard let (text, origin) = value else { continue }
            if let problem = setting.problem(text, origin) {
                problems.append(problem)
                refused.insert(setting.name)
            } else {
                texts[setting.name] = (text, origin)
            }
        }
        problems += await check(self)
        guard problems.isEmpty else { throw ConfigurationError(problems: problems) }
    }

    /// The value of a setting.
    package func callAsFunction<Value>(_ setting: Setting<Value>) -> Value {
        texts[setting.name].flatMap { setting.parse($0.text) } ?? setting.standard
    }

    /// A value as it was written, and where.
    package func origin(of setting: AnySetting) -> (text: String, origin: Origin) {
        texts[setting.name].map { ($0.text, $0.origin) } ?? (setting.standard, .standard)
    }

    // MARK: The file

    private static func provider(
        ofFile path: String,
        isRequired: Bool,
        _ problems: inout [String]
    ) async throws -> any ConfigProvider {
        let nothing = InMemoryProvider(values: [:])
        guard FileManager.default.fileExists(atPath: path) else {
            if isRequired {
                problems.append("There is no file '\(path)' (--config), expected one with settings in YAML.")
            }
            return nothing
        }
        guard let data = FileManager.default.contents(atPath: path), data.count <= largestFile else {
            problems.append("'\(path)' cannot be read as a file of at most 1 MB, expected settings in YAML.")
            return nothing
        }
        do {
            problems += try unknownKeys(data, path)
            return try await FileProvider<YAMLSnapshot>(filePath: FilePath(path))
        } catch {
            problems.append("The configuration file '\(path)' cannot be read, expected a YAML mapping: \(error)")
            return nothing
        }
    }

    private static let largestFile = 1 << 20

    /// A value as text; a list as its items with commas between them.
    private static func text(of name: String, in provider: some ConfigProvider) -> String? {
        let key = AbsoluteConfigKey([name])
        if case .string(let text)? = (try? provider.value(forKey: key, type: .string))?.value?.content { return text }
        if case .stringArray(let items)? = (try? provider.value(forKey: key, type: .stringArray))?.value?.content {
            return items.joined(separator: ",")
        }
        return nil
    }

    // MARK: Misspelt names

    private static func unknownKeys(_ data: Data, _ path: String) throws -> [String] {
        guard let mapping = try Yams.Parser(yaml: String(decoding: data, as: UTF8.self)).singleRoot()?.mapping else {
            return []
        }
        let known = Settings.all.map(\.name)
        return mapping.keys.compactMap { key in
            guard let name = key.scalar?.string, !known.contains(name) else { return nil }
            return "'\(name)' in '\(path)' is no setting.\(Misspelling.hint(name, among: known))"
        }
    }

    private static func unknownOptions(_ options: [String: String]) -> [String] {
        let known = Settings.all.map(\.name)
        return options.keys.filter { !known.contains($0) }.sorted().map { name in
            "--set names '\(name.prefix(100))', which is no setting.\(Misspelling.hint(name, among: known)) "
                + "'dragoman config' lists them."
        }
    }
}

/// Everything that is wrong with a configuration, each worded for the person who wrote it.
package struct ConfigurationError: Error, Sendable, CustomStringConvertible {
    package var problems: [String]

    package init(problems: [String]) { self.problems = problems }

    package var description: String {
        problems.count == 1
            ? "The configuration has a problem: \(problems[0])"
            : "The configuration has \(problems.count) problems:\n"
                + problems.map { "  - \($0)" }.joined(separator: "\n")
    }
}
