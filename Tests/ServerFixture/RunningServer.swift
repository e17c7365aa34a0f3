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
    private var process = Process()
    private let settings: [String: String]
    private let arguments: [String]

    private static let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// Starts a server and waits until it listens.
    /// - Parameter arguments: the subcommand, and what it is given.
    package init(_ settings: [String: String] = [:], arguments: [String] = ["serve"]) async throws {
        let name = "dragoman-server-\(UUID().uuidString)"
        folder = FileManager.default.temporaryDirectory.appending(path: name).path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        self.settings = settings
        self.arguments = arguments
        try await start()
    }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// The server's process.
    package var processID: Int32 { process.processIdentifier }

    /// The program's environment.
    private var environment: [String: String] {
        var environment = ProcessInfo.processInfo.environment
        environment["DATA_DIR"] = folder + "/data"
        environment["MODEL_PATH"] = Self.repository.appending(path: "Models").path
        environment["DRAGOMAN_CACHE_DIR"] = folder + "/cache"
        environment["API_PORT"] = "0"
        environment["LOG_LEVEL"] = "warning"
        return environment.merging(settings) { $1 }
    }

    /// Starts the server again on the same folder.
    package func start() async throws {
        process = Process()
        process.executableURL = try Self.executable()
        process.arguments = arguments
        process.environment = environment
        process.currentDirectoryURL = URL(filePath: folder)
        let output = Pipe()
        process.standardOutput = output
        if !FileManager.default.fileExists(atPath: folder + "/log") {
            try Data().write(to: URL(filePath: folder + "/log"))
        }
        let log = try #require(FileHandle(forWritingAtPath: folder + "/log"))
        try log.seekToEnd()
        process.standardError = log
        try process.run()
        var text = ""
        for await data in Self.chunks(output.fileHandleForReading) {
            text += String(decoding: data, as: UTF8.self)
            guard let range = text.firstRange(of: #/http://[^ ]+[0-9]\. /#) else { continue }
            address = String(text[range].dropLast(2))
            return
        }
        let errors = (try? String(contentsOfFile: folder + "/log", encoding: .utf8)) ?? ""
        throw Failure(message: "The server did not start: \(text) \(errors)")
    }

    /// Why it did not start.
    package struct Failure: Error {
        package var message: String
    }

    /// What comes out of a pipe, until its other end is closed.
    private static func chunks(_ handle: FileHandle) -> AsyncStream<Data> {
        let (stream, chunks) = AsyncStream.makeStream(of: Data.self)
        handle.readabilityHandler = { handle in
            let data = handle.availableData
            if data.isEmpty {
                handle.readabilityHandler = nil
                chunks.finish()
            } else {
                chunks.yield(data)
            }
        }
        return stream
    }

    /// Waits for a process that somebody has ended.
    package func waitForItsEnd() { process.waitUntilExit() }

    /// Asks the process to end, and returns its exit code.
    package func stop() -> Int32 {
        kill(process.processIdentifier, SIGTERM)
        process.waitUntilExit()
        return process.terminationStatus
    }

    /// Runs the program on the server's folder to its end.
    package func run(_ arguments: String..., input: String = "") async throws -> (code: Int32, output: String) {
        let command = Process()
        command.executableURL = try Self.executable()
        command.arguments = arguments
        command.environment = environment
        let (output, typed) = (Pipe(), Pipe())
        command.standardOutput = output
        command.standardInput = typed
        try command.run()
        try typed.fileHandleForWriting.write(contentsOf: Data(input.utf8))
        try typed.fileHandleForWriting.close()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        command.waitUntilExit()
        return (command.terminationStatus, String(decoding: data, as: UTF8.self))
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
