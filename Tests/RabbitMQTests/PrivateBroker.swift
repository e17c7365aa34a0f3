import Foundation
import Testing

/// A broker of a test's own, which it may restart and crash.
struct PrivateBroker {
    private let folder: String
    let url: String

    /// Starts a broker, which is gone when the body is done.
    static func run<T>(_ body: (PrivateBroker) async throws -> T) async throws -> T {
        let folder = FileManager.default.temporaryDirectory.appending(path: "rabbitmq-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        do {
            try await services("up", folder)
            let lines = try String(contentsOfFile: folder + "/env", encoding: .utf8).split(separator: "\n")
            let line = try #require(lines.first { $0.hasPrefix("RABBITMQ_URL=") })
            let result = try await body(PrivateBroker(folder: folder, url: String(line.dropFirst(13))))
            try await services("down", folder)
            return result
        } catch {
            try? await services("down", folder)
            throw error
        }
    }

    /// Stops it as an administrator would, and starts it again.
    func restart() async throws { try await Self.services("restart", folder) }

    /// Kills it, and starts it again.
    func crash() async throws { try await Self.services("crash", folder) }

    private static func services(_ action: String, _ folder: String) async throws {
        var root = URL(filePath: #filePath)
        for _ in 0..<3 { root.deleteLastPathComponent() }
        let process = Process()
        process.executableURL = root.appending(path: "scripts/services")
        process.arguments = [action, "rabbitmq"]
        process.environment = ProcessInfo.processInfo.environment.merging(["DRAGOMAN_SERVICES": folder]) { $1 }
        process.standardOutput = FileHandle.nullDevice
        let exit = AsyncStream.makeStream(of: Int32.self)
        process.terminationHandler = {
            exit.continuation.yield($0.terminationStatus)
            exit.continuation.finish()
        }
        try withoutBlockedSignals { try process.run() }
        for await status in exit.stream {
            try #require(status == 0, "'scripts/services \(action) rabbitmq' has failed; its words are above.")
        }
    }

    /// Threads of Swift's pool block most signals, and children inherit that; Erlang leaves it so, and would not hear
    /// that it is to end.
    private static func withoutBlockedSignals(_ body: () throws -> Void) rethrows {
        var (none, before) = (sigset_t(), sigset_t())
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        try body()
    }
}
