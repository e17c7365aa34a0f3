import ArgumentParser
import Bootstrap
import Foundation

/// `dragoman backup`.
struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Copies the database to a file or an object store, also while the server runs.",
        discussion: """
            The copy is consistent and complete: accounts, jobs and notes. Segments that are remembered, and the key \
            that signs tokens, are not in it. Settings that begin with s3_ say where an object store is, and hold the \
            keys to it ('dragoman config').

              dragoman backup monday.sqlite
              dragoman backup s3://company-backups/dragoman --keep 14
            """
    )

    @OptionGroup var settings: SettingOptions
    @Argument(help: "File to make, or s3://bucket/prefix.", completion: .file()) var place: String
    @Flag(help: "Replace the file if it is there.") var force = false
    @Option(help: "In an object store: remove all but so many of the newest backups.") var keep: Int?

    func validate() throws {
        guard let keep, keep < 1 else { return }
        throw ValidationError("--keep is '\(keep)', expected 1 or more.")
    }

    mutating func run() async throws {
        let values = try await settings.values()
        let copy = try await Backups.backUp(values, to: place, replacing: force, keeping: keep)
        print("Wrote \(copy.bytes) bytes to '\(copy.place)'.")
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
    @Argument(help: "The backup: a file, or s3://bucket/prefix/NAME.", completion: .file()) var place: String

    mutating func run() async throws {
        try await Backups.restore(try await settings.values(), from: place)
        print("Restored '\(place)'.")
    }
}
