import ChildProcesses
import Foundation

/// A started program, with pipes for its streams.
extension ChildProcess {
    func write(_ text: String) async throws { try await write(Data(text.utf8)) }

    /// Waits for the end.
    func finish() async -> Program.Outcome {
        let ending = await end()
        let (output, errors) = (await output.all(), await errors.all())
        var outcome = Program.Outcome(output: output, errors: String(decoding: errors, as: UTF8.self))
        switch ending {
        case .exit(let code): outcome.code = code
        case .signal(let signal): outcome.signal = signal
        }
        return outcome
    }
}
