import ArgumentParser
import Bootstrap
import Foundation

/// `dragoman backup`.
struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Copies the database to a file, also while the server runs.",
        discussion: """
            The copy is consistent and complete: accounts, jobs and notes. Segments that are remembered, and the key \
            that signs tokens, are not in it.
            """
    )

    @OptionGroup var settings: SettingOptions
    @Argument(help: "File to make.", completion: .file()) var file: String
    @Flag(help: "Replace the file if it is there.") var force = false

    mutating func run() async throws {
        let bytes = try await Backups.backUp(try await settings.values(), to: file, replacing: force)
        print("Wrote \(bytes) bytes to '\(file)'.")
    }
}

/// `dragoman restore`.
struct RestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Puts a backup in the place of the database. The server must not run.",
        discussion: "The present database is kept beside it, with the ending .before-restore."
    )

    @OptionGroup var settings: SettingOptions
    @Argument(help: "The backup.", completion: .file()) var file: String

    mutating func run() async throws {
        try await Backups.restore(try await settings.values(), from: file)
        print("Restored '\(file)'.")
    }
}
