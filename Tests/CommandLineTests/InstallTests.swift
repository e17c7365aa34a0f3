import ChildProcesses
import Foundation
import InstallationFixtures
import TemporaryFolders
import Testing

/// `dragoman models install`, `verify` and `remove`.
@Suite(.timeLimit(.minutes(20)))
struct InstallTests {
    private let folder: TemporaryFolder
    private let program: Program

    init() throws {
        folder = try TemporaryFolder()
        program = Program(models: folder.path + "/models", environment: ["DRAGOMAN_MODEL_INDEX": ""])
    }

    @Test(arguments: ["install", "verify", "remove"])
    func help_isTheGoldenText(name: String) async throws {
        let outcome = try await program.run("models", name, "--help")
        #expect(outcome.code == 0 && outcome.errors.isEmpty)
        #expect(outcome.text == (try Repository.text("Tests/CommandLineTests/Golden/models-\(name).txt")))
    }

    @Test func shippedModel_isInstalledTranslatesIsVerifiedAndRemoved() async throws {
        let installed = try await program.run("models", "install", Repository.path("Models/starter"))
        #expect(installed.code == 0 && installed.errors.isEmpty, "\(installed.errors)")
        #expect(installed.lines.first?.hasPrefix("Installed starter") == true)
        #expect(installed.lines.first?.hasSuffix("in '\(folder.path)/models/starter'.") == true)
        #expect(installed.lines.last == "  en→es  en→hi  es→en  hi→en")

        let arguments = ["translate", "--from", "en", "--to", "es", "Where is the library?"]
        #expect(try await program.run(arguments).text == Program().run(arguments).text)

        let verified = try await program.run("models", "verify")
        #expect(verified.code == 0 && verified.text.hasPrefix("starter: intact, "), "\(verified.text)")
        let removed = try await program.run("models", "remove", "starter")
        #expect(removed.code == 0 && removed.text == "Removed '\(folder.path)/models/starter'.\n")
        #expect(folder.contents("models").isEmpty)
    }

    @Test func damagedModel_exitsWith65AndNamesTheFile() async throws {
        try await install(SampleModel.archive)
        try folder.write("garbage", "models/sample/target_vocabulary.txt")
        let outcome = try await program.run("models", "verify")
        #expect(outcome.code == 65 && outcome.errors.isEmpty)
        #expect(outcome.lines.first == "sample: damaged")
        #expect(outcome.lines.last?.hasPrefix("  'target_vocabulary.txt' has 7 bytes, expected ") == true)
    }

    @Test func modelWithoutAReceipt_isSaidToHaveNone() async throws {
        for (path, data) in try SampleModel.files { try folder.write(data, "models/plain/\(path)") }
        let outcome = try await program.run("models", "verify", "plain")
        #expect(outcome.code == 0)
        #expect(outcome.text == "plain: no receipt to compare with; it loads: ar→en\n")
    }

    private func install(_ archive: Data) async throws {
        try folder.write(archive, "sample.zip")
        let outcome = try await program.run("models", "install", folder.path + "/sample.zip")
        #expect(outcome.code == 0, "\(outcome.errors)")
    }

    @Test func packageOfArgos_isInstalledWithAWordAboutItsLicence() async throws {
        try folder.write(ZipFile(try SampleModel.argosFiles, below: "x/").data, "translate-ar_en.argosmodel")
        let outcome = try await program.run("models", "install", folder.path + "/translate-ar_en.argosmodel")
        #expect(outcome.code == 0)
        #expect(outcome.text.contains("states a licence"))
    }

    // MARK: Downloads

    private func index(_ server: FaultyServer) throws -> String {
        let archive = try SampleModel.archive
        server.serve(archive, at: "/sample.zip", faults: [.drop(after: 100_000)])
        let text = """
            {"format": "dragoman-models", "version": 1, "models": [{
             "name": "listed", "version": "2.1", "licence": "MIT",
             "pairs": [{"source": "ar", "target": "en"}],
             "archive": {"url": "sample.zip", "size": \(archive.count), "sha256": "\(archive.sha256)"}}]}
            """
        server.serve(Data(text.utf8), at: "/index.json")
        return server.address("/index.json")
    }

    @Test(arguments: [true, false])
    func nameInAnIndex_isInstalledAndNothingIsShownOfProgressInAPipe(isOption: Bool) async throws {
        try await FaultyServer.run { server in
            let address = try index(server)
            var program = program
            if !isOption { program.environment["DRAGOMAN_MODEL_INDEX"] = address }
            let outcome = try await program.run(
                ["models", "install", "listed"] + (isOption ? ["--index", address] : [])
            )
            #expect(outcome.code == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
            #expect(folder.contents("models") == ["listed"])
            let unknown = try await program.run(["models", "install", "lisetd", "--index", address])
            #expect(unknown.code == 69 && unknown.errors.contains("Did you mean 'listed'?"))
        }
    }

    @Test(arguments: [(SIGKILL, nil), (SIGINT, 130), (SIGTERM, 143)] as [(Int32, Int32?)])
    func endedDuringADownload_isGoneOnFromByTheSameCommand(signal: Int32, code: Int32?) async throws {
        let archive = try SampleModel.archive
        try await FaultyServer.run { server in
            server.serve(archive, at: "/sample.zip", faults: [.pause(after: 200_000)])
            let arguments = ["models", "install", server.address("/sample.zip")]
            let run = try program.start(arguments)
            let part = folder.path + "/models/.installing/sample/downloads/0"
            // Asked now and then: a loop that only yields would keep a processor from the server and the program.
            while size(part) == 0 { try await Task.sleep(for: .milliseconds(2)) }
            run.send(signal)
            let outcome = await run.finish()
            #expect(outcome.code == code && (code != nil || outcome.signal == SIGKILL))
            #expect(code == nil || outcome.errors.contains("the same command goes on from there"))
            let kept = size(part)
            #expect(kept > 0 && kept <= 200_000)

            let again = try await program.run(arguments)
            #expect(again.code == 0, "\(again.errors)")
            #expect(
                server.requests.last
                    == .init(
                        path: "/sample.zip",
                        range: "bytes=\(kept)-",
                        ifRange: "\"1\"",
                        sent: archive.count - kept
                    )
            )
        }
        #expect(folder.contents("models") == ["sample"])
        #expect(try await program.run("models", "verify").code == 0)
    }

    private func size(_ path: String) -> Int {
        ((try? FileManager.default.attributesOfItem(atPath: path))?[.size] as? NSNumber)?.intValue ?? 0
    }

    @Test(arguments: [UInt16(80), 40])
    func terminal_showsHowFarItIsAndIsLeftClean(columns: UInt16) async throws {
        let terminal = try Terminal(columns: columns)
        let (ending, states) = try await FaultyServer.run { server in
            server.serve(try SampleModel.archive, at: "/sample.zip", faults: [.drop(after: 300_000)])
            return try await terminal.run(["models", "install", server.address("/sample.zip")], program)
        }
        #expect(ending == .exit(0))
        #expect(states.contains { $0.hasPrefix("sample.zip") && $0.contains("0 %") }, "\(states)")
        #expect(
            states.contains { $0.contains("100 %  661.8 kB of") || columns < 80 && $0.contains("100 %") },
            "\(states)"
        )
        #expect(states.contains { $0.hasPrefix("Stopped: the connection was closed") })
        #expect(states.contains { $0.hasPrefix("Unpacking 100 %") })
        #expect(states.contains { $0.hasPrefix("Loading the model") })
        #expect(states.allSatisfy { $0.count < Int(columns) })
        #expect(states.last == "")
    }

    // MARK: Exit codes

    @Test(
        arguments: [
            (["install", "no-such-model"], 69, "--index"), (["install", "no-such.zip"], 69, "'no-such.zip'"),
            (["install", "http://example.org/x.zip"], 64, "--allow-http"),
            (["install", "ftp://example.org/x"], 64, "'https://'"),
            (["install", "--name", "../x", "y"], 64, "cannot be a model's name"),
            (["install", "--max-size", "0", "x"], 64, "--max-size"),
            (["install", "/etc"], 65, "'/etc"), (["install"], 64, "Missing expected argument"),
            (["remove", "x"], 69, "There is no folder of models"),
            (["verify", "x"], 69, "There is no folder of models"),
        ] as [([String], Int32, String)]
    )
    func whatCannotBeDone_isToldWithItsExitCode(arguments: [String], code: Int32, words: String) async throws {
        let outcome = try await program.run(["models"] + arguments)
        #expect(outcome.code == code && outcome.errors.contains(words), "\(outcome.code ?? -1) \(outcome.errors)")
        #expect(outcome.output.isEmpty)
    }

    @Test func modelThatIsThere_exitsWith73() async throws {
        try await install(SampleModel.archive)
        let outcome = try await program.run("models", "install", folder.path + "/sample.zip")
        #expect(outcome.code == 73 && outcome.errors.contains("--force"))
        #expect(try await program.run("models", "install", "--force", folder.path + "/sample.zip").code == 0)
    }

    @Test func sameModelInAnotherProcess_exitsWith75() async throws {
        try await FaultyServer.run { server in
            server.serve(try SampleModel.archive, at: "/sample.zip", faults: [.pause(after: 100_000)])
            let first = try program.start(["models", "install", server.address("/sample.zip")])
            await server.waitForSent(100_000)
            let second = try await program.run("models", "install", server.address("/sample.zip"))
            #expect(second.code == 75 && second.errors.contains("another process"), "\(second.errors)")
            server.release()
            #expect(await first.finish().code == 0)
        }
    }

    @Test func serverThatNeverHasIt_exitsWith69() async throws {
        try await FaultyServer.run { server in
            let outcome = try await program.run("models", "install", server.address("/x.zip"))
            #expect(outcome.code == 69 && outcome.errors.contains("404 (Not Found)"))
        }
        #expect(folder.contents("models").isEmpty)
    }
}
