internal import Foundation

/// Threads of their own for conversations that block, with servers behind C libraries.
package enum DedicatedThread {
    /// Runs `body` on a new thread and returns once it has.
    /// - Parameters:
    ///   - name: at most 15 bytes of it are shown by tools.
    ///   - onCancel: called when the task is cancelled, perhaps before the thread begins; is to make `body` end soon.
    package static func run(
        _ name: String,
        onCancel: @Sendable () -> Void,
        _ body: @escaping @Sendable () -> Void
    ) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let thread = Thread {
                    body()
                    continuation.resume()
                }
                thread.name = name
                thread.stackSize = 1 << 20
                thread.start()
            }
        } onCancel: {
            onCancel()
        }
    }
}
