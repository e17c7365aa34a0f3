import ArgumentParser
import Foundation
import MachineTranslation

extension ModelsCommand {
    /// `dragoman models list`.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists the installed models.")

        @OptionGroup
        var models: ModelsFolderOption

        mutating func run() async throws {
            let catalog = try ModelCatalog(folder: models.resolved)
            if catalog.models.isEmpty { print("No models in '\(catalog.folder)'.") }
            for model in catalog.models {
                print(ModelTitle(model))
                print("  \(PairList(model.pairs))")
            }
            for problem in catalog.problems {
                FileHandle.standardError.write(Data("not usable: \(problem.error.message)\n".utf8))
            }
        }
    }
}
