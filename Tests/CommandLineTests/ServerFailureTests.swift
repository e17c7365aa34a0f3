import ChildProcesses
import Foundation
import TemporaryFolders
import Testing

/// Servers that cannot start, and what they say.
@Suite(.timeLimit(.minutes(20)))
struct ServerFailureTests {
    private let program = Program()

    private func serve(_ folder: TemporaryFolder, _ more: String...) -> [String] {
        ["serve", "--engine", "simulated", "--api-port", "0", "--data-dir", folder.path + "/data"] + more
    }

    /// Waits for a line of the program's output.
    private func wait(for text: String, in process: ChildProcess) async -> String? {
        await process.output.first { data in
            let output = String(decoding: data, as: UTF8.self)
            return output.contains(text) ? output : nil
        }
    }

    @Test func portInUse_isSaidInWords() async throws {
        let folder = try TemporaryFolder()
        let first = try program.start(serve(folder))
        let output = try #require(await wait(for: "listens on", in: first))
        let port = String(try #require(output.firstMatch(of: #/:([0-9]+)\. /#)).output.1)
        let other = try TemporaryFolder()
        let second = try await program.run(serve(other, "--api-port", port))
        #expect(second.code == 69, "\(second.errors)")
        #expect(second.errors.contains("another program listens there") && second.errors.contains("--api-port"))
        #expect(!second.errors.contains("errno") && !second.errors.contains("bind("))
        first.send(SIGTERM)
        #expect(await first.finish().code == 0)
    }

    @Test func addressOfAnotherMachine_isSaidInWords() async throws {
        let outcome = try await program.run(serve(try TemporaryFolder(), "--api-host", "::ffff:127.0.0.1x"))
        #expect(outcome.code == 78 || outcome.code == 69, "\(outcome.errors)")
        #expect(outcome.errors.contains("api_host"), "\(outcome.errors)")
    }

    @Test func everythingThatIsWrong_isNamedBeforeAnythingIsMade() async throws {
        let folder = try TemporaryFolder()
        let outcome = try await program.run(
            serve(
                folder,
                "--set",
                "foo=1",
                "--set",
                "nothing",
                "--set",
                "redis_url=redis:",
                "--set",
                "trusted_proxies=x",
                "--config",
                folder.path + "/none.yaml"
            )
        )
        #expect(outcome.code == 78, "\(outcome.errors)")
        for words in [
            "5 problems", "'foo'", "'nothing', expected name=value", "redis_url", "trusted_proxies", "--config",
        ] {
            #expect(outcome.errors.contains(words), "\(words): \(outcome.errors)")
        }
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/data"))
    }

    @Test func missingFolderOfModels_isNamedWithWhatToDo() async throws {
        let folder = try TemporaryFolder()
        let outcome = try await program.run([
            "serve", "--api-port", "0", "--data-dir", folder.path + "/data", "--model-path", folder.path + "/none",
        ])
        #expect(outcome.code == 78 && outcome.errors.contains("dragoman models install"), "\(outcome.errors)")
    }

    @Test(arguments: [["config"], ["serve", "--engine", "simulated", "--api-port", "0"]])
    func misspeltVariable_isTold(arguments: [String]) async throws {
        let folder = try TemporaryFolder()
        let program = Program(environment: [
            "DATABSE_URL": "postgres://db/x", "THREADS": "3", "DRAGOMAN_DATA_DIR": folder.path + "/data",
        ])
        let process = try program.start(arguments)
        if arguments != ["config"] {
            _ = await wait(for: "listens on", in: process)
            process.send(SIGTERM)
        }
        let outcome = await process.finish()
        #expect(outcome.code == 0, "\(outcome.errors)")
        #expect(outcome.errors.contains("Did you mean 'DATABASE_URL'?"), "\(outcome.errors)")
        #expect(outcome.errors.contains("'THREADS' is not read any more"), "\(outcome.errors)")
    }
}
