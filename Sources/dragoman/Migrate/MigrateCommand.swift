import ArgumentParser
import Bootstrap
import Storage

/// `dragoman migrate`.
struct MigrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate",
        abstract: "Brings the database's schema up to date.",
        discussion: """
            The server does so itself when it starts, as do all commands that use the database. Run it beforehand where \
            steps may take long, or to see what would be done. Any number may run at once: each step is taken once.
            """
    )

    @OptionGroup var settings: SettingOptions
    @Flag(help: "Only list the steps that are missing.") var dryRun = false

    mutating func run() async throws {
        let values = try await settings.values()
        let steps = dryRun ? try await SchemaMigration.pending(values) : try await SchemaMigration.run(values)
        for step in steps { print("\(dryRun ? "missing" : "taken"): \(step.number) \(step.name)") }
        if steps.isEmpty { print("The schema is up to date.") }
    }
}
