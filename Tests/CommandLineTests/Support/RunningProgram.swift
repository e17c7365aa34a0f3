import Foundation
import Synchronization

/// A started program. Its output is read as it comes, so that it never waits for its reader.
final class RunningProgram: @unchecked Sendable {
    // Shared between tasks only for calls that are safe from any thread.
    private let process: Process
    private let input: FileHandle
    private let output: OutputReader
    private let errors: OutputReader
    private let ending: AsyncStream<Ending>

    /// How a program ended.
    private struct Ending {
        var reason: Process.TerminationReason
        var status: Int32
    }

    init(_ process: Process) throws {
        let (input, output, errors) = (Pipe(), Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        process.standardError = errors
        let (ending, continuation) = AsyncStream.makeStream(of: Ending.self)
        process.terminationHandler = { process in
            continuation.yield(Ending(reason: process.terminationReason, status: process.terminationStatus))
            continuation.finish()
        }
        try process.run()
        self.process = process
        self.ending = ending
        self.input = input.fileHandleForWriting
        self.output = OutputReader(output.fileHandleForReading)
        self.errors = OutputReader(errors.fileHandleForReading)
        // Writing to a program that has ended is an error here, no signal.
        signal(SIGPIPE, SIG_IGN)
    }

    var identifier: Int32 { process.processIdentifier }

    /// Writes to the program's standard input, on a thread that may wait.
    func write(_ data: Data, thenCloses: Bool = false) async throws {
        let input = input
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            Thread.detachNewThread {
                continuation.resume(
                    with: Result {
                        defer { if thenCloses { try? input.close() } }
                        try input.write(contentsOf: data)
                    }
                )
            }
        }
    }

    func write(_ text: String) async throws { try await write(Data(text.utf8)) }

    func closeInput() { try? input.close() }

    func send(_ signal: Int32) { kill(identifier, signal) }

    /// Returns once the program has written at least so many bytes, or ended.
    func waitForOutput(bytes count: Int) async { await output.wait(for: count) }

    /// What has come of the program's output.
    var outputSoFar: Data { output.data }

    /// Waits for the end.
    func finish() async -> Program.Outcome {
        // Not `waitUntilExit`, which blocks a thread that other tests need.
        var ending: Ending?
        for await value in self.ending { ending = value }
        await output.wait(for: .max)
        await errors.wait(for: .max)
        return Program.Outcome(
            code: ending?.reason == .exit ? ending?.status : nil,
            signal: ending?.reason == .uncaughtSignal ? ending?.status : nil,
            output: output.data,
            errors: String(decoding: errors.data, as: UTF8.self)
        )
    }
}

/// Reads a pipe to its end on a thread of its own.
final class OutputReader: Sendable {
    private let state = Mutex(State())

    private struct State {
        var data = Data()
        var hasEnded = false
        var waiting: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []

        /// Those who have what they wait for.
        mutating func takeReady() -> [CheckedContinuation<Void, Never>] {
            let (hasEnded, count) = (hasEnded, data.count)
            let ready = waiting.filter { hasEnded || count >= $0.count }
            waiting.removeAll { hasEnded || count >= $0.count }
            return ready.map(\.continuation)
        }
    }

    init(_ handle: FileHandle) {
        Thread.detachNewThread { [self] in
            while case let data = handle.availableData, !data.isEmpty { add(data) }
            add(nil)
        }
    }

    var data: Data { state.withLock { $0.data } }

    /// Returns once so many bytes have come, or the pipe has ended.
    func wait(for count: Int) async {
        await withCheckedContinuation { continuation in
            let ready = state.withLock { state in
                state.waiting.append((count, continuation))
                return state.takeReady()
            }
            for continuation in ready { continuation.resume() }
        }
    }

    private func add(_ data: Data?) {
        let ready = state.withLock { state in
            if let data { state.data += data } else { state.hasEnded = true }
            return state.takeReady()
        }
        for continuation in ready { continuation.resume() }
    }
}
