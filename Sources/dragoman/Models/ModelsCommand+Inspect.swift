import ArgumentParser
import Foundation
import Inference
import MachineTranslation

extension ModelsCommand {
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
