import ChildProcesses
import Foundation
import Testing

/// Help and completions. The golden files are what `dragoman … --help` prints on 80 columns.
@Suite(.timeLimit(.minutes(20)))
struct HelpTests {
    private let program = Program()

    @Test(arguments: [
        ("dragoman", []), ("translate", ["translate"]), ("models", ["models"]), ("models-list", ["models", "list"]),
        ("models-inspect", ["models", "inspect"]), ("detect", ["detect"]), ("bench", ["bench"]),
    ])
    func help_isTheGoldenText(name: String, arguments: [String]) async throws {
        let outcome = try await program.run(arguments + ["--help"])
        #expect(outcome.code == 0 && outcome.errors.isEmpty)
        #expect(outcome.text == (try Repository.text("Tests/CommandLineTests/Golden/\(name).txt")))
    }

    @Test func version_isPrinted() async throws {
        let outcome = try await program.run("--version")
        #expect(outcome.code == 0)
        #expect(outcome.text.split(separator: ".").count == 3)
    }

    @Test(arguments: ["bash", "zsh", "fish"])
    func completionScript_knowsTheCommands(shell: String) async throws {
        let outcome = try await program.run("--generate-completion-script", shell)
        #expect(outcome.code == 0)
        for word in ["translate", "inspect", "detect", "alternatives"] { #expect(outcome.text.contains(word)) }
    }

    @Test func completionScriptForBash_parses() async throws {
        let script = try await program.run("--generate-completion-script", "bash").output
        let run = try ChildProcess("/bin/bash", ["-n"], input: .pipe, errors: .pipe)
        try await run.write(script, thenCloses: true)
        let outcome = await run.finish()
        #expect(outcome.code == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
    }
}
