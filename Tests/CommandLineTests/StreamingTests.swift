import ChildProcesses
import Foundation
import TemporaryFolders
import Testing

/// How the program behaves in a pipeline.
@Suite(.timeLimit(.minutes(20)))
struct StreamingTests {
    private let program = Program()
    private static let english = (try? Repository.text("Tests/Fixtures/flores-dev/en.txt")) ?? ""

    @Test(arguments: ["en", "auto"])
    func slowInput_isTranslatedLineByLine(source: String) async throws {
        let run = try program.start(["translate", "--from", source, "--to", "es"])
        try await run.write("Good morning, my dear friends.\n")
        await run.output.wait(for: 2)
        // The second line has not been written yet.
        let first = run.output.data
        #expect(String(decoding: first, as: UTF8.self).hasSuffix("\n"))
        try await run.write("How are you today?\n")
        await run.output.wait(for: first.count + 2)
        run.closeInput()
        let outcome = await run.finish()
        #expect(outcome.code == 0)
        #expect(outcome.lines.count == 2)
        #expect(outcome.errors.isEmpty)
    }

    @Test func closedOutput_endsQuietly() async throws {
        let folder = try TemporaryFolder()
        try folder.write(String(repeating: Self.english, count: 5), "in.txt")
        let script = #""$1" translate --from en --to es --input "$2" | head -n 1"#
        let outcome = try await runInShell(script, folder)
        #expect(outcome.lines.count == 1)
        #expect(outcome.errors.isEmpty, "\(outcome.errors)")
    }

    /// The same where the shell has said that the signal is to be ignored.
    @Test func closedOutputWithTheSignalIgnored_endsQuietly() async throws {
        let folder = try TemporaryFolder()
        try folder.write(String(repeating: Self.english, count: 5), "in.txt")
        let script = #"trap '' PIPE; "$1" translate --from en --to es --input "$2" | head -n 1"#
        let outcome = try await runInShell(script, folder)
        #expect(outcome.lines.count == 1)
        #expect(outcome.errors.isEmpty, "\(outcome.errors)")
    }

    @Test func interrupt_endsTheProgramAtOnceAndKeepsWhatWasWritten() async throws {
        let folder = try TemporaryFolder()
        try folder.write(String(repeating: Self.english, count: 200), "in.txt")
        let run = try program.start(["translate", "--from", "en", "--to", "es", "--input", folder.path + "/in.txt"])
        await run.output.wait(for: 1_000)
        let clock = ContinuousClock()
        let start = clock.now
        run.send(SIGINT)
        let outcome = await run.finish()
        #expect(outcome.signal == SIGINT)
        #expect(clock.now - start < .seconds(60))
        #expect(outcome.output.count >= 1_000)
        #expect(outcome.output.last == UInt8(ascii: "\n"))
    }

    @Test func longPipedInput_showsNoProgress() async throws {
        let outcome = try await program.run(
            ["translate", "--from", "en", "--to", "es", "--beam", "1"],
            input: Data(String(repeating: Self.english, count: 2).utf8)
        )
        #expect(outcome.code == 0)
        #expect(outcome.errors.isEmpty)
        #expect(outcome.lines.count == 600)
    }

    /// Runs a script that gets the program's path and that of a text.
    private func runInShell(_ script: String, _ folder: TemporaryFolder) async throws -> Program.Outcome {
        let shell = try ChildProcess(
            "/bin/sh",
            ["-c", script, "sh", Program.executable.get().path, folder.path + "/in.txt"],
            environment: ["DRAGOMAN_MODEL_PATH": Repository.path("Models"), "DRAGOMAN_CACHE_DIR": folder.path],
            errors: .pipe
        )
        return await shell.finish()
    }
}
