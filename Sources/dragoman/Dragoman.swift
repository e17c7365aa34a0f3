import ArgumentParser
import Foundation

/// The command line: each subcommand lives in a folder of its own.
@main
struct Dragoman: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dragoman",
        abstract: "Translates text with a neural engine, on this machine alone.",
        discussion: """
            Examples:
              dragoman translate --to es "Good morning!"
              dragoman translate --from en --to hi --input letter.txt --output letter.hi.txt
              echo "¿Dónde está la estación?" | dragoman translate --to en
              dragoman models list
            """,
        version: "0.1.0",
        subcommands: [TranslateCommand.self, ModelsCommand.self, DetectCommand.self, BenchCommand.self]
    )

    static func main() async {
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            CommandFailure(error).exit()
        }
    }
}
