import ArgumentParser
import Foundation
import Inference
import MachineTranslation

/// `dragoman models`.
struct ModelsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "models",
        abstract: "Lists and inspects models.",
        subcommands: [List.self, Inspect.self],
        defaultSubcommand: List.self
    )

    /// `dragoman models list`.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists the installed models.")

        @OptionGroup
        var models: ModelsFolderOption

        mutating func run() async throws {
            let catalog = try ModelCatalog(folder: models.resolved)
            if catalog.models.isEmpty { print("No models in '\(catalog.folder)'.") }
            for model in catalog.models {
                let title = [model.name, model.version].filter { !$0.isEmpty }.joined(separator: " ")
                let size = ModelSize(directory: model.weightsDirectory)
                print(
                    "\(title)  (\(model.family.rawValue), \(size)\(model.licence.isEmpty ? "" : ", \(model.licence)"))"
                )
                print("  \(PairList(model.pairs))")
            }
            for problem in catalog.problems {
                FileHandle.standardError.write(Data("not usable: \(problem.error.message)\n".utf8))
            }
        }
    }

    /// `dragoman models inspect`.
    struct Inspect: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Loads a model and says what it is.",
            discussion: "Everything the model needs is read and checked, so a model that passes will run."
        )

        @OptionGroup
        var models: ModelsFolderOption

        @Option(help: "Numbers to compute with: int8 or float32.")
        var compute = Compute.int8

        @Argument(help: "Name of an installed model, a model directory, or a package.", completion: .directory)
        var model: String

        mutating func run() async throws {
            let description = try models.model(model)
            let loaded = try LoadedModel(description, compute: compute.type)
            let network = loaded.engine.model
            let rows = [
                ("name", description.name), ("version", description.version), ("licence", description.licence),
                ("kind", description.family.rawValue), ("directory", description.directory),
                ("languages", "\(PairList(description.pairs))"), ("network", network.summary),
                ("size", "\(ModelSize(directory: description.weightsDirectory))"),
                ("longest", "\(description.maximumSourceTokens) tokens a sentence"),
                ("computes", "\(network.compute.rawValue) on \(loaded.engine.instructionSet)"),
                ("fingerprint", network.fingerprint),
            ]
            for (key, value) in rows where !value.isEmpty {
                print(key.padding(toLength: 12, withPad: " ", startingAt: 0) + value)
            }
        }
    }
}

/// The size of a model's weights, for people.
private struct ModelSize: CustomStringConvertible {
    let directory: String

    var description: String {
        let attributes = try? FileManager.default.attributesOfItem(atPath: directory + "/model.bin")
        guard let bytes = (attributes?[.size] as? NSNumber)?.doubleValue else { return "no weights" }
        return String(format: "%.1f MB", bytes / 1e6)
    }
}

/// Pairs of languages for people: those of a model with very many are counted.
private struct PairList: CustomStringConvertible {
    let pairs: Set<LanguagePair>

    init(_ pairs: Set<LanguagePair>) { self.pairs = pairs }

    var description: String {
        let names = pairs.map(\.description).sorted()
        guard names.count > 24 else { return names.joined(separator: "  ") }
        return "\(names.count) pairs of \(Set(pairs.map(\.source)).count) languages"
    }
}
