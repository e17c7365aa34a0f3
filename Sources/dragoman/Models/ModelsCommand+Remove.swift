import ArgumentParser
import ModelInstallation

extension ModelsCommand {
    /// `dragoman models remove`.
    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Removes an installed model.",
            discussion: "Removes the model's folder without asking; what is no model's folder is left alone."
        )

        @OptionGroup
        var models: ModelsFolderOption

        @Argument(help: "Name of an installed model.")
        var model: String

        mutating func run() async throws {
            let path = try await withExitCodes { try await models.installer().remove(model) }
            print("Removed '\(path)'.")
        }
    }
}
