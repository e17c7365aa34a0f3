import ArgumentParser
import Bootstrap
import Foundation

/// `dragoman worker`.
struct WorkerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker",
        abstract: "Works off jobs, and answers nothing but /health and /metrics.",
        discussion: """
            For machines beside the one that runs 'dragoman serve', with the same DATABASE_URL (PostgreSQL) and \
            SECRET_KEY. It takes the jobs that its models can do. On SIGTERM it takes no more, ends what it can, and \
            hands the rest back.
            """
    )

    @OptionGroup
    var settings: SettingOptions

    @Option(help: "Classes of jobs to work on: critical, high, standard, with commas between them.")
    var classes: String?

    @Option(help: "Jobs to work on at the same time.")
    var concurrency: String?

    @Option(help: "Models to use, by name, with commas between them (default: all in the folder).")
    var models: String?

    @Option(name: .customLong("api-host"), help: "Address to answer /health and /metrics on.")
    var host: String?

    @Option(name: .customLong("api-port"), help: "Port to answer them on; 0: any that is free.")
    var port: String?

    @Option(name: .customLong("model-path"), help: "Folder of models.", completion: .directory)
    var modelPath: String?

    @Option(help: "What translates: neural or simulated.")
    var engine: String?

    @Option(name: .customLong("log-level"), help: "trace, debug, info, notice, warning or error.")
    var logLevel: String?

    mutating func run() async throws {
        let values = try await settings.values(
            [
                "role": "worker", "worker_classes": classes, "worker_concurrency": concurrency, "models": models,
                "api_host": host, "api_port": port, "model_path": modelPath, "engine": engine, "log_level": logLevel,
            ],
            isForServer: true
        )
        let server = DragomanServer(
            values,
            version: Dragoman.version,
            logger: Logs.logger(values),
            onListening: { address, _ in
                let version = Dragoman.version
                print(
                    "Dragoman \(version) works off jobs and answers /health and /metrics on \(address). Ctrl-C ends it."
                )
                fflush(nil)
            },
            onEnding: Farewell.say
        )
        try await server.run()
    }
}
