import ArgumentParser
import Foundation

/// The command line: each subcommand lives in a folder of its own.
@main
struct Dragoman: AsyncParsableCommand {
    static let version = "0.2.0"

    static let configuration = CommandConfiguration(
        commandName: "dragoman",
        abstract: "Translates text with a neural engine, on this machine alone.",
        discussion: """
            Examples:
              dragoman translate --to es "Good morning!"
              dragoman translate --from en --to hi --input letter.txt --output letter.hi.txt
              echo "¿Dónde está la estación?" | dragoman translate --to en
              dragoman models list
              dragoman serve
            """,
        version: version,
        subcommands: [
            ServeCommand.self, WorkerCommand.self, TranslateCommand.self, DetectCommand.self, ModelsCommand.self,
            UsersCommand.self,
            KeysCommand.self, ConfigCommand.self, BackupCommand.self, RestoreCommand.self, MigrateCommand.self,
            BenchCommand.self,
            SimulateCommand.self, HealthCommand.self,
        ]
    )

    static func main() async {
        EventLoops.choose()
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
