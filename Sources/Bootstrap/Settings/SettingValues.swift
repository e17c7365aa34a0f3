internal import Configuration
internal import Foundation
internal import MachineTranslation
internal import SystemPackage
internal import Yams

/// The settings of an installation: defaults, overridden by `dragoman.yaml`, overridden by the environment, overridden by
/// options of the command line. All values are possible ones.
package struct SettingValues: Sendable {
    /// Where a value comes from.
    package enum Origin: Hashable, Sendable, CustomStringConvertible {
        case standard
        case file(String)
        case environment(String)
        case option(String)

        package var description: String {
            switch self {
            case .standard: "default"
            case .file(let path): path
            case .environment(let name): "environment variable \(name)"
            case .option(let name): "option \(name)"
            }
        }
    }

    /// The file that is read where no other is named and it is there.
    package static let standardFile = "dragoman.yaml"

    private var texts: [String: (text: String, origin: Origin)] = [:]

    /// Reads the settings.
    /// - Parameters:
    ///   - file: a YAML file that must be there; nil: `dragoman.yaml`, if it is.
    ///   - environment: the environment variables.
    ///   - options: values given on the command line, by name of the setting.
    /// - Throws: `ConfigurationError` with everything that is wrong.
    package init(file: String?, environment: [String: String], options: [String: String] = [:]) async throws {
        var problems: [String] = []
        let path = file ?? Self.standardFile
        let layers: [(provider: any ConfigProvider, origin: @Sendable (AnySetting) -> Origin)] = [
            (Self.provider(of: options), { .option("--" + $0.name.replacing("_", with: "-")) }),
            (EnvironmentVariablesProvider(environmentVariables: environment), { .environment($0.variable) }),
            (try await Self.provider(ofFile: path, isRequired: file != nil, &problems), { _ in .file(path) }),
        ]
        for setting in Settings.all {
            for layer in layers {
                guard let text = Self.text(of: setting.name, in: layer.provider), !text.isEmpty else { continue }
                let origin = layer.origin(setting)
                if setting.accepts(text) {
                    texts[setting.name] = (text, origin)
                } else {
                    let shown = setting.isSecret ? "…" : String(text.prefix(100))
                    problems.append("\(setting.name) is '\(shown)' (\(origin)), \(setting.expectation).")
                }
                break
            }
        }
        problems += Self.unknownVariables(environment)
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

    // MARK: Layers

    private static func provider(of options: [String: String]) -> InMemoryProvider {
        InMemoryProvider(
            name: "options",
            values: Dictionary(
                uniqueKeysWithValues: options.map {
                    (AbsoluteConfigKey([$0.key]), ConfigValue(.string($0.value), isSecret: false))
                }
            )
        )
    }

    private static func provider(
        ofFile path: String,
        isRequired: Bool,
        _ problems: inout [String]
    ) async throws -> any ConfigProvider {
        guard FileManager.default.fileExists(atPath: path) || isRequired else { return InMemoryProvider(values: [:]) }
        do {
            problems += try unknownKeys(path)
            return try await FileProvider<YAMLSnapshot>(filePath: FilePath(path))
        } catch {
            problems.append("The configuration file '\(path)' cannot be read, expected a YAML mapping: \(error)")
            return InMemoryProvider(values: [:])
        }
    }

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

    private static func unknownKeys(_ path: String) throws -> [String] {
        let data = try Data(contentsOf: URL(fileURLWithPath: path))
        guard data.count <= 1 << 20 else {
            throw ConfigurationError(problems: ["it has \(data.count) bytes, expected at most 1 MB"])
        }
        guard let mapping = try Yams.Parser(yaml: String(decoding: data, as: UTF8.self)).singleRoot()?.mapping else {
            return []
        }
        let known = Settings.all.map(\.name)
        return mapping.keys.compactMap { key in
            guard let name = key.scalar?.string, !known.contains(name) else { return nil }
            return "'\(name)' in '\(path)' is no setting.\(hint(name, among: known))"
        }
    }

    /// Variables that carry the product's name can only be meant for it.
    private static func unknownVariables(_ environment: [String: String]) -> [String] {
        let known = ["DRAGOMAN_ISA", "DRAGOMAN_CACHE_DIR", "DRAGOMAN_MODEL_INDEX", "DRAGOMAN_URL", "DRAGOMAN_API_KEY"]
        return environment.keys.filter { $0.hasPrefix("DRAGOMAN_") && !known.contains($0) }.sorted().map { name in
            let variables = known + Settings.all.map(\.variable)
            return
                "The environment variable '\(name)' is no setting.\(hint(name, among: variables))"
        }
    }

    private static func hint(_ name: String, among names: [String]) -> String {
        LanguageCodes.suggestion(for: name, among: names).map { " Did you mean '\($0)'?" } ?? ""
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
