import ChildProcesses
import Foundation

/// A terminal that a program writes to and a test reads.
struct Terminal {
    /// The program's side.
    private let programSide: FileHandle
    private let reading: Task<String, Never>

    init(columns: UInt16 = 80) throws {
        var (main, side): (Int32, Int32) = (-1, -1)
        var size = winsize(ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
        guard openpty(&main, &side, nil, nil, &size) == 0 else { throw CocoaError(.fileReadUnknown) }
        programSide = FileHandle(fileDescriptor: side, closeOnDealloc: true)
        reading = Task { [main] in
            await withCheckedContinuation { continuation in
                Thread.detachNewThread { continuation.resume(returning: Self.readAll(main)) }
            }
        }
    }

    /// Reads until the program's side is closed, which a terminal reports as an error.
    private static func readAll(_ descriptor: Int32) -> String {
        var (data, buffer) = (Data(), [UInt8](repeating: 0, count: 4096))
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            if count <= 0 { break }
            data.append(contentsOf: buffer[..<count])
        }
        close(descriptor)
        return String(decoding: data, as: UTF8.self)
    }

    /// Runs the program with its standard error on the terminal.
    /// - Returns: its exit code, and each state of the line that it writes anew again and again.
    func run(_ arguments: [String], _ program: Program) async throws -> (ending: ChildProcess.Ending, states: [String])
    {
        let process = try ChildProcess(
            Program.executable.get().path,
            arguments + ["--models", program.models],
            environment: ProcessInfo.processInfo.environment.merging(program.environment) { $1 },
            output: .nothing,
            errors: .descriptor(programSide.fileDescriptor)
        )
        try programSide.close()
        let (ending, text) = (await process.end(), await reading.value)
        return (ending, text.components(separatedBy: "\r").map { $0.replacing("\u{1B}[K", with: "") })
    }
}
