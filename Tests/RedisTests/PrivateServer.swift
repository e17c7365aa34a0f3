import Foundation
import Testing

/// A server of a test's own, which it may restart, crash and pause.
struct PrivateServer {
    private let folder: String
    let url: String

    /// Starts a server, which is gone when the body is done.
    static func run<T>(_ body: (PrivateServer) async throws -> T) async throws -> T {
        let folder = FileManager.default.temporaryDirectory.appending(path: "redis-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        do {
            try await services("up", folder)
            let lines = try String(contentsOfFile: folder + "/env", encoding: .utf8).split(separator: "\n")
            let line = try #require(lines.first { $0.hasPrefix("REDIS_URL=") })
            let result = try await body(PrivateServer(folder: folder, url: String(line.dropFirst(10))))
            try await services("down", folder)
            return result
        } catch {
            try? await services("down", folder)
            throw error
        }
    }

    /// Stops it for good.
    func stop() async throws { try await Self.services("down", folder) }

    /// Stops it as an administrator would, and starts it again.
    func restart() async throws { try await Self.services("restart", folder) }

    /// Kills it, and starts it again.
    func crash() async throws { try await Self.services("crash", folder) }

    /// Has it do nothing while the body runs; its connections stay open.
    func paused<T>(_ body: () async throws -> T) async throws -> T {
        let place = try String(contentsOfFile: folder + "/redis.folder", encoding: .utf8)
            .trimmingCharacters(in: .newlines)
        let text = try String(contentsOfFile: place + "/redis.pid", encoding: .utf8)
        let process = try #require(Int32(text.trimmingCharacters(in: .newlines)))
        try #require(kill(process, SIGSTOP) == 0)
        defer { kill(process, SIGCONT) }
        return try await body()
    }

    private static func services(_ action: String, _ folder: String) async throws {
        var root = URL(filePath: #filePath)
        for _ in 0..<3 { root.deleteLastPathComponent() }
        let process = Process()
        process.executableURL = root.appending(path: "scripts/services")
        process.arguments = [action, "redis"]
        process.environment = ProcessInfo.processInfo.environment.merging(["DRAGOMAN_SERVICES": folder]) { $1 }
        process.standardOutput = FileHandle.nullDevice
        let exit = AsyncStream.makeStream(of: Int32.self)
        process.terminationHandler = {
            exit.continuation.yield($0.terminationStatus)
            exit.continuation.finish()
        }
        try process.run()
        for await status in exit.stream {
            try #require(status == 0, "'scripts/services \(action) redis' has failed; its words are above.")
        }
    }
}
