import Foundation
import TemporaryFolders
import Testing

/// Commands for data that is there make none where there is none: a typing error must not look like success.
@Suite(.timeLimit(.minutes(20)))
struct MissingDataTests {
    private let program = Program()

    static let commands = [
        ["backup", "copy.sqlite"], ["backup", "s3://bucket/prefix"], ["users", "list"],
        ["users", "add", "a@example.org"],
        ["users", "tier", "a@example.org", "free"], ["users", "disable", "a@example.org"],
        ["users", "erase", "a@example.org", "--yes"], ["users", "passwd", "a@example.org"],
        ["keys", "list", "a@example.org"], ["keys", "create", "a@example.org"],
        ["keys", "revoke", "a@example.org", "k"],
        ["migrate", "--dry-run"],
    ]

    @Test(arguments: commands)
    func missingFolder_isRefusedAndNotMade(arguments: [String]) async throws {
        let folder = try TemporaryFolder()
        let data = folder.path + "/typo"
        let outcome = try await program.run(
            arguments + ["--data-dir", data],
            input: Data("correct horse battery\n".utf8)
        )
        #expect(outcome.code == 66, "\(outcome.errors)")
        #expect(outcome.errors.contains("There is no database '\(data)/dragoman.sqlite'"), "\(outcome.errors)")
        #expect(outcome.output.isEmpty)
        #expect(!FileManager.default.fileExists(atPath: data))
    }

    @Test func fileWithoutADatabaseInIt_isRefused() async throws {
        let folder = try TemporaryFolder()
        try folder.write("", "dragoman.sqlite")
        let outcome = try await program.run("users", "list", "--data-dir", folder.path)
        #expect(outcome.code == 66 && outcome.errors.contains("nothing of Dragoman"), "\(outcome.errors)")
    }

    @Test func missingBackup_isRefusedByItsName() async throws {
        let folder = try TemporaryFolder()
        let outcome = try await program.run(
            "restore",
            folder.path + "/none.sqlite",
            "--data-dir",
            folder.path + "/data"
        )
        #expect(outcome.code == 66 && outcome.errors.contains("There is no file"), "\(outcome.errors)")
        #expect(!outcome.errors.contains("configuration"))
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/data"))
    }

    @Test func accountsOfANewInstallation_haveTheTierForThoseWhoShareIt() async throws {
        let folder = try TemporaryFolder()
        let place = ["--data-dir", folder.path + "/data"]
        #expect(try await program.run(["migrate"] + place).code == 0)
        let password = Data("correct horse battery\n".utf8)
        let first = try await program.run(["users", "add", "ada@example.org", "--admin"] + place, input: password)
        #expect(first.code == 0 && first.text.contains("tier standard"), "\(first.errors)")
        #expect(first.text.contains("asks for credentials from now on"))
        let second = try await program.run(
            ["users", "add", "eve@example.org", "--tier", "free"] + place,
            input: password
        )
        #expect(second.code == 0 && !second.text.contains("from now on"), "\(second.errors)")
        let changed = try await program.run(["users", "tier", "eve@example.org", "premium"] + place)
        #expect(changed.code == 0 && changed.text == "eve@example.org has the tier premium.\n", "\(changed.errors)")
        #expect(try await program.run(["users", "list"] + place).text.contains("\tpremium\t"))
        let unknown = try await program.run(["users", "tier", "eve@example.org", "gold"] + place)
        #expect(unknown.code == 64 && unknown.errors.contains("expected one of free, premium, enterprise, standard"))
    }
}
