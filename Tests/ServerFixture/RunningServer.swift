internal import ChildProcesses
internal import Foundation
internal import Testing

#if canImport(FoundationNetworking)
    internal import FoundationNetworking
#endif

/// A server process on a free port of loopback, with a folder of its own. Stopped, and the folder removed, when it goes.
package final class RunningServer {
    /// Where its data, its cache and its log are.
    package let folder: String
    /// `http://127.0.0.1:PORT`.
    package private(set) var address = ""
    private var process: ChildProcess?
    private let settings: [String: String]
    private let arguments: [String]

    private static let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// Starts a server and waits until it listens.
    /// - Parameters:
    ///   - settings: by their names in capitals; they become environment variables with `DRAGOMAN_` before them.
    ///   - arguments: the subcommand, and what it is given.
    package init(_ settings: [String: String] = [:], arguments: [String] = ["serve"]) async throws {
        let name = "dragoman-server-\(UUID().uuidString)"
        folder = FileManager.default.temporaryDirectory.appending(path: name).path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        self.settings = settings
        self.arguments = arguments
        try await start()
    }

    deinit {
        process?.send(SIGKILL)
        _ = process?.blockUntilEnd()
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// The server's process.
    package var processID: Int32 { process?.processID ?? 0 }

    /// The program's environment.
    private var environment: [String: String] {
        var environment = ProcessInfo.processInfo.environment
        environment["DRAGOMAN_CACHE_DIR"] = folder + "/cache"
        let standard = [
            "DATA_DIR": folder + "/data", "MODEL_PATH": Self.repository.appending(path: "Models").path,
            "API_PORT": "0", "LOG_LEVEL": "warning",
        ]
        for (name, value) in standard.merging(settings, uniquingKeysWith: { $1 }) {
            environment["DRAGOMAN_" + name] = value
        }
        return environment
    }

    /// Starts the server again on the same folder.
    package func start() async throws {
        if !FileManager.default.fileExists(atPath: folder + "/log") {
            try Data().write(to: URL(filePath: folder + "/log"))
        }
        let log = try #require(FileHandle(forWritingAtPath: folder + "/log"))
        try log.seekToEnd()
        let process = try ChildProcess(
            try Self.executable().path,
            arguments,
            environment: environment,
            folder: folder,
            errors: .descriptor(log.fileDescriptor)
        )
        self.process = process
        let found = await process.output.first { data in
            let text = String(decoding: data, as: UTF8.self)
            return text.firstRange(of: #/http://[^ ]+[0-9]\. /#).map { String(text[$0].dropLast(2)) }
        }
        if let found {
            address = found
            return
        }
        let errors = (try? String(contentsOfFile: folder + "/log", encoding: .utf8)) ?? ""
        throw Failure(
            message: "The server did not start: \(String(decoding: process.output.data, as: UTF8.self)) \(errors)"
        )
    }

    /// Why it did not start.
    package struct Failure: Error {
        package var message: String
    }

    /// Waits for a process that somebody has ended.
    package func waitForItsEnd() async { _ = await process?.end() }

    /// Asks the process to end, and returns its exit code; nil where a signal ended it.
    package func stop() async -> Int32? {
        send(SIGTERM)
        return await exitCode()
    }

    package func send(_ signal: Int32) { process?.send(signal) }

    /// Waits until the process has printed that, and returns all that it has printed; nil where it ended without.
    package func output(with words: String) async -> String? {
        await process?.output.first { data in
            let output = String(decoding: data, as: UTF8.self)
            return output.contains(words) ? output : nil
        }
    }

    /// Waits for the end and returns the exit code; nil where a signal ended it.
    package func exitCode() async -> Int32? {
        guard case .exit(let code)? = await process?.end() else { return nil }
        return code
    }

    /// Runs the program on the server's folder to its end.
    /// - Returns: the exit code, nil where a signal ended it, and its standard output.
    package func run(_ arguments: String..., input: String = "") async throws -> (code: Int32?, output: String) {
        let command = try ChildProcess(
            try Self.executable().path,
            arguments,
            environment: environment,
            input: .pipe
        )
        try await command.write(Data(input.utf8), thenCloses: true)
        let output = String(decoding: await command.output.all(), as: UTF8.self)
        guard case .exit(let code) = await command.end() else { return (nil, output) }
        return (code, output)
    }

    // MARK: Requests

    /// What the server answered. `json` is empty where the body is no JSON object.
    package struct Answer {
        package var status: Int
        package var json: [String: Any]
        package var headers: [AnyHashable: Any]
        package var text: String
    }

    /// Sends a request with a JSON body and waits for the answer.
    package func request(
        _ method: String,
        _ path: String,
        _ body: Any? = nil,
        headers: [String: String] = [:]
    ) async throws -> Answer {
        var request = URLRequest(url: try #require(URL(string: address + path)))
        request.httpMethod = method
        request.timeoutInterval = 60
        for (name, value) in headers { request.setValue(value, forHTTPHeaderField: name) }
        if let body {
            request.httpBody = try JSONSerialization.data(withJSONObject: body)
            request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        }
        let (data, response) = try await URLSession.shared.data(for: request)
        let http = try #require(response as? HTTPURLResponse)
        return Answer(
            status: http.statusCode,
            json: (try? JSONSerialization.jsonObject(with: data)) as? [String: Any] ?? [:],
            headers: http.allHeaderFields,
            text: String(decoding: data, as: UTF8.self)
        )
    }

    /// Beside the test bundle.
    private static func executable() throws -> URL {
        let bundles = Bundle.allBundles.map(\.bundleURL).filter { $0.pathExtension == "xctest" }
        let candidates = bundles + [URL(filePath: CommandLine.arguments[0])]
        let programs = candidates.map {
            $0.resolvingSymlinksInPath().deletingLastPathComponent().appending(path: "dragoman")
        }
        return try #require(programs.first { FileManager.default.isExecutableFile(atPath: $0.path) })
    }
}
