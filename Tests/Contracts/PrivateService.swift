internal import ChildProcesses
internal import Foundation
internal import Testing

/// A real server of a test's own, by `scripts/services`, which the test may restart, crash and pause.
package struct PrivateService: Sendable {
    /// Its name in `scripts/services`: `postgres`, `redis` or `rabbitmq`.
    private let name: String
    private let folder: String
    package let url: String

    /// Starts a server, which is gone when the body is done.
    package static func run<T>(_ name: String, _ body: (PrivateService) async throws -> T) async throws -> T {
        let folder = FileManager.default.temporaryDirectory.appending(path: "\(name)-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        do {
            try await services("up", name, folder)
            let lines = try String(contentsOfFile: folder + "/env", encoding: .utf8).split(separator: "\n")
            let variable = name.uppercased() + "_URL="
            let line = try #require(lines.first { $0.hasPrefix(variable) })
            let service = PrivateService(name: name, folder: folder, url: String(line.dropFirst(variable.count)))
            let result = try await body(service)
            try await service.stop()
            return result
        } catch {
            try? await services("down", name, folder)
            throw error
        }
    }

    /// Stops it for good.
    package func stop() async throws { try await Self.services("down", name, folder) }

    /// Stops it as an administrator would, and starts it again.
    package func restart() async throws { try await Self.services("restart", name, folder) }

    /// Kills it, and starts it again.
    package func crash() async throws { try await Self.services("crash", name, folder) }

    /// Has its one process do nothing while the body runs; its connections stay open. For Redis.
    package func paused<T>(_ body: () async throws -> T) async throws -> T {
        let place = try String(contentsOfFile: "\(folder)/\(name).folder", encoding: .utf8)
            .trimmingCharacters(in: .newlines)
        let text = try String(contentsOfFile: "\(place)/\(name).pid", encoding: .utf8)
        let process = try #require(Int32(text.trimmingCharacters(in: .newlines)))
        try #require(kill(process, SIGSTOP) == 0)
        defer { kill(process, SIGCONT) }
        return try await body()
    }

    private static func services(_ action: String, _ name: String, _ folder: String) async throws {
        var root = URL(filePath: #filePath)
        for _ in 0..<3 { root.deleteLastPathComponent() }
        let process = try ChildProcess(
            root.appending(path: "scripts/services").path,
            [action, name],
            environment: ProcessInfo.processInfo.environment.merging(["SERVICES_FOLDER": folder]) { $1 },
            output: .nothing
        )
        let ending = await process.end()
        try #require(ending == .exit(0), "'scripts/services \(action) \(name)' has failed; its words are above.")
    }
}
