internal import ArgumentParser
internal import EventLoopTasks
internal import NIOPosix

/// Puts load on a running server and measures what becomes of it. `scripts/bench-server` and `scripts/soak` start the
/// server and call this; each subcommand prints rows of a Markdown table on standard output, and progress on standard
/// error.
@main
struct LoadGenerator: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "load-generator",
        abstract: "Measures a running Dragoman server.",
        subcommands: [
            SubmitCommand.self, WebSocketsCommand.self, TranslateCommand.self, InterferenceCommand.self,
            LongTextsCommand.self, SoakCommand.self,
        ]
    )

    /// Runs the whole program on one thread, so that it takes little from the server on the same machine.
    static func main() async {
        await withTaskExecutorPreference(EventLoopTaskExecutor(LoadClient.loop)) { await main(nil) }
    }
}

/// What every subcommand needs to know.
struct ServerOptions: ParsableArguments {
    @Option(help: "Address of the server, such as http://127.0.0.1:8080.")
    var url: String

    @Option(help: "Number of the server's process, to read its memory and open files.")
    var pid: Int32?

    /// - Throws: `ValidationError`.
    func address() throws -> TargetAddress {
        guard let address = TargetAddress(url) else {
            throw ValidationError("--url is '\(url)', expected one such as 'http://127.0.0.1:8080'.")
        }
        return address
    }

    func process() throws -> ServerProcess {
        guard let pid else { throw ValidationError("--pid is missing.") }
        return ServerProcess(id: pid)
    }
}
