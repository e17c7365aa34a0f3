internal import ChildProcesses
internal import Foundation
internal import Testing

/// `JobProbe` as a child process.
package enum ProbeProcess {
    /// Runs it to its end, or until SIGKILL after so many lines of output, and returns the lines.
    package static func run(_ arguments: [String], killAfterLines limit: Int? = nil) async throws -> [String] {
        let process = try ChildProcess(try executable().path, arguments)
        if let limit {
            process.output.once({ data in data.count { $0 == 0x0A } >= limit }) { process.send(SIGKILL) }
        }
        let output = String(decoding: await process.output.all(), as: UTF8.self)
        _ = await process.end()
        // What follows the last line feed was cut off by the kill.
        return output.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
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
