internal import Foundation
internal import Synchronization
internal import Testing

/// `JobProbe` as a child process.
package enum ProbeProcess {
    private final class Output: Sendable {
        private let bytes = Mutex<[UInt8]>([])

        /// Adds what was read and returns the number of whole lines so far.
        func add(_ data: Data) -> Int {
            bytes.withLock { bytes in
                bytes += data
                return bytes.count { $0 == 0x0A }
            }
        }

        var lines: [String] {
            // What follows the last line feed was cut off by the kill.
            bytes.withLock { bytes in
                bytes.split(separator: 0x0A, omittingEmptySubsequences: false).dropLast()
                    .map { String(decoding: $0, as: UTF8.self) }
            }
        }
    }

    /// Runs it to its end, or until SIGKILL after so many lines of output, and returns the lines.
    package static func run(_ arguments: [String], killAfterLines limit: Int? = nil) async throws -> [String] {
        let process = Process()
        process.executableURL = try executable()
        process.arguments = arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        let output = Output()
        let exit = AsyncStream.makeStream(of: Void.self)
        process.terminationHandler = { _ in exit.continuation.finish() }
        try process.run()
        let pid = process.processIdentifier
        let reading = AsyncStream.makeStream(of: Void.self)
        let reader = Thread {
            // Killed once only: afterwards the number may be another process's.
            var isDoomed = limit != nil
            while case let data = pipe.fileHandleForReading.availableData, !data.isEmpty {
                let lines = output.add(data)
                guard isDoomed, let limit, lines >= limit else { continue }
                kill(pid, SIGKILL)
                isDoomed = false
            }
            reading.continuation.finish()
        }
        reader.start()
        for await _ in reading.stream {}
        for await _ in exit.stream {}
        return output.lines
    }

    /// It lies beside the test bundle.
    private static func executable() throws -> URL {
        var folder = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
        for _ in 0..<4 {
            let candidate = folder.appending(path: "JobProbe")
            if FileManager.default.isExecutableFile(atPath: candidate.path) { return candidate }
            folder.deleteLastPathComponent()
        }
        return try #require(nil, "JobProbe was not found beside '\(CommandLine.arguments[0])'.")
    }
}
