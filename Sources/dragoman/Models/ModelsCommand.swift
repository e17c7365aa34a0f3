import ArgumentParser

/// `dragoman models`: a file for each of its subcommands.
struct ModelsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "models",
        abstract: "Lists, inspects, installs and removes models.",
        subcommands: [List.self, Inspect.self, Install.self, Verify.self, Remove.self],
        defaultSubcommand: List.self
    )
}
