internal import Foundation

#if canImport(Darwin)
    internal import Darwin
#else
    internal import CThreads
#endif

/// Threads of their own, for what computes long or blocks: neither may happen on Swift's cooperative pool, which has as
/// many threads as the machine has cores.
package enum DedicatedThread {
    /// Starts a thread, which ends with `body`.
    /// - Parameters:
    ///   - name: at most 15 bytes of it are shown by tools.
    ///   - share: what it may use of the processors while others want them.
    package static func start(
        _ name: String,
        share: ProcessorShare = .whole,
        _ body: @escaping @Sendable () -> Void
    ) {
        let thread = Thread {
            take(name)
            share.takeForThisThread()
            body()
        }
        thread.stackSize = 1 << 20
        thread.start()
    }

    /// Gives the thread that calls its name. Foundation's way gets lost when the thread begins before its starter knows it.
    private static func take(_ name: String) {
        #if canImport(Darwin)
            pthread_setname_np(name)
        #elseif os(Linux)
            dragoman_name_thread(name)
        #endif
    }

    /// Runs `body` on a new thread and returns once it has.
    /// - Parameters:
    ///   - name: as for `start`.
    ///   - onCancel: called when the task is cancelled, perhaps before the thread begins; is to make `body` end soon.
    package static func run(
        _ name: String,
        onCancel: @Sendable () -> Void,
        _ body: @escaping @Sendable () -> Void
    ) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                start(name) {
                    body()
                    continuation.resume()
                }
            }
        } onCancel: {
            onCancel()
        }
    }
}
