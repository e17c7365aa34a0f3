import ArgumentParser
import Bootstrap
import Foundation

/// `dragoman serve`.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Runs the server: HTTP API, jobs and accounts.",
        discussion: """
            Without any configuration it listens on http://127.0.0.1:8080, keeps its data in ./data, and needs no \
            account, as nobody but this machine can reach it. It ends on Ctrl-C or SIGTERM, and loses nothing that it \
            accepted; the second time at once.
            """
    )

    @OptionGroup
    var settings: SettingOptions

    @Option(name: .customLong("api-host"), help: "Address to listen on.")
    var host: String?

    @Option(name: .customLong("api-port"), help: "Port to listen on; 0: any that is free.")
    var port: String?

    @Option(name: .customLong("model-path"), help: "Folder of models.", completion: .directory)
    var modelPath: String?

    @Option(help: "What translates: neural or simulated.")
    var engine: String?

    @Option(help: "What this process does: all, api or worker.")
    var role: String?

    @Option(name: .customLong("log-level"), help: "trace, debug, info, notice, warning or error.")
    var logLevel: String?

    mutating func run() async throws {
        let values = try await settings.values(
            [
                "api_host": host, "api_port": port, "model_path": modelPath, "engine": engine, "role": role,
                "log_level": logLevel,
            ],
            isForServer: true
        )
        let server = DragomanServer(
            values,
            version: Dragoman.version,
            logger: Logs.logger(values),
            onListening: { address, isLocal in
                let hint =
                    isLocal
                    ? "No account is needed, as only this machine can reach it."
                    : "Sign in with an account ('dragoman users add')."
                print("Dragoman \(Dragoman.version) listens on \(address). \(hint)")
                print("The API is described at \(address)/docs. Ctrl-C ends the server.")
                fflush(nil)
            },
            onEnding: Farewell.say
        )
        try await server.run()
    }
}
