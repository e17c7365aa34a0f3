import ChildProcesses
import Foundation
import TemporaryFolders
import Testing

/// The program under test: the one that was built together with these tests.
struct Program {
    /// What a finished run left.
    struct Outcome {
        /// The exit code; nil where a signal ended the program.
        var code: Int32?
        var signal: Int32?
        var output: Data
        var errors: String

        var text: String { String(decoding: output, as: UTF8.self) }
        var lines: [String] {
            text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
        }
    }

    /// Models that the program sees.
    var models = Repository.path("Models")
    var environment: [String: String] = [:]

    /// The folder of packed weights of this test run, so that no test depends on the user's cache or fills it.
    private static let cache = Result { try TemporaryFolder() }

    /// Runs the program to its end.
    func run(_ arguments: [String], input: Data = Data()) async throws -> Outcome {
        let run = try start(arguments)
        // At once with the reading, or both sides could wait for each other.
        async let written: Void = run.write(input, thenCloses: true)
        let outcome = await run.finish()
        try? await written
        return outcome
    }

    func run(_ arguments: String..., input: String = "") async throws -> Outcome {
        try await run(arguments, input: Data(input.utf8))
    }

    /// Starts the program with pipes for its input and output.
    func start(_ arguments: [String]) throws -> ChildProcess {
        try ChildProcess(
            Self.executable.get().path,
            arguments,
            environment: environmentOfRuns(),
            input: .pipe,
            errors: .pipe
        )
    }

    private func environmentOfRuns() throws -> [String: String] {
        var environment = ProcessInfo.processInfo.environment
        environment["DRAGOMAN_MODEL_PATH"] = models
        environment["DRAGOMAN_CACHE_DIR"] = try Self.cache.get().path
        environment["COLUMNS"] = "80"
        return environment.merging(self.environment) { $1 }
    }

    /// Beside the test bundle, which on some platforms is the running program itself.
    static let executable = Result {
        let bundles = Bundle.allBundles.map(\.bundleURL).filter { $0.pathExtension == "xctest" }
        let candidates =
            bundles + [URL(filePath: CommandLine.arguments[0]), Bundle.main.bundleURL.appending(path: "x")]
        let programs = candidates.map {
            $0.resolvingSymlinksInPath().deletingLastPathComponent().appending(path: "dragoman")
        }
        return try #require(programs.first { FileManager.default.isExecutableFile(atPath: $0.path) })
    }
}
