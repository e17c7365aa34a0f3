package import Foundation
internal import Synchronization

/// A process that a test starts.
///
/// Made for test runs in which hundreds of tests start processes at once on few threads. Foundation's `Process` hands
/// descriptors that other threads are opening at that moment to the child, so that a pipe of one test stays open until
/// the program of another has ended; and its `waitUntilExit` keeps one of the few threads that all tests share. Here
/// the child closes everything but its three streams before its program begins, and waiting suspends the task.
///
/// Safe to use from any thread.
package final class ChildProcess: Sendable {
    /// How a process ended.
    package enum Ending: Equatable, Sendable {
        case exit(Int32)
        case signal(Int32)
    }

    /// What is behind one of the three streams of a child.
    package enum Stream: Sendable {
        /// `/dev/null`.
        case nothing
        /// What the test run itself has.
        case inherited
        /// A pipe, whose other end is `input`, `output` or `errors`.
        case pipe
        /// A descriptor, which stays the caller's to close.
        case descriptor(Int32)
    }

    /// It could not be started.
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    package let processID: Int32
    /// What the program wrote. Empty where the stream is no pipe.
    package let output: PipeReader
    package let errors: PipeReader
    private let input: FileHandle?
    private let state = Mutex(State())
    /// Left when it has ended: for those who cannot suspend.
    private let life = DispatchGroup()

    private struct State {
        var ending: Ending?
        var waiting: [CheckedContinuation<Ending, Never>] = []
    }

    /// Starts a process.
    /// - Parameters:
    ///   - program: a path, or a name that is looked for in `PATH`.
    ///   - environment: all of it; nil for the test run's.
    ///   - folder: where it works; nil for where the test run works.
    package init(
        _ program: String,
        _ arguments: [String] = [],
        environment: [String: String]? = nil,
        folder: String? = nil,
        input: Stream = .nothing,
        output: Stream = .pipe,
        errors: Stream = .inherited
    ) throws {
        // Writing to a program that has ended is an error here, no signal.
        Foundation.signal(SIGPIPE, SIG_IGN)
        let launch = try Launch(input: input, output: output, errors: errors, folder: folder)
        processID = try launch.start([program] + arguments, environment ?? ProcessInfo.processInfo.environment)
        self.input = launch.writer
        self.output = PipeReader(launch.outputReader)
        self.errors = PipeReader(launch.errorReader)
        life.enter()
        Thread.detachNewThread { [self] in waitForEnd() }
    }

    /// Sends a signal, unless the process has ended.
    package func send(_ signal: Int32) {
        // Under the lock the number is still this process's.
        state.withLock { state in
            if state.ending == nil { kill(processID, signal) }
        }
    }

    /// Waits for the end.
    package func end() async -> Ending {
        await withCheckedContinuation { continuation in
            let ending = state.withLock { state in
                if state.ending == nil { state.waiting.append(continuation) }
                return state.ending
            }
            if let ending { continuation.resume(returning: ending) }
        }
    }

    /// Blocks the thread until the end: for places that cannot suspend, and ends that are near.
    package func blockUntilEnd() -> Ending {
        life.wait()
        return state.withLock { $0.ending } ?? .signal(0)
    }

    /// Writes to the program's standard input, on a thread that may wait.
    package func write(_ data: Data, thenCloses: Bool = false) async throws {
        guard let input else { return }
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

    package func closeInput() { try? input?.close() }

    /// Runs on a thread of its own.
    private func waitForEnd() {
        var information = siginfo_t()
        // Without taking the process's number away, which `send` may be using.
        while waitid(P_PID, id_t(processID), &information, WEXITED | WNOWAIT) == -1, errno == EINTR {}
        let (ending, waiting) = state.withLock { state in
            var status: Int32 = 0
            waitpid(processID, &status, 0)
            // The macros of <sys/wait.h>: the low seven bits are the signal, the next eight the exit code.
            let signal = status & 0x7F
            let ending = signal == 0 ? Ending.exit((status >> 8) & 0xFF) : .signal(signal)
            state.ending = ending
            defer { state.waiting = [] }
            return (ending, state.waiting)
        }
        life.leave()
        for continuation in waiting { continuation.resume(returning: ending) }
    }
}
