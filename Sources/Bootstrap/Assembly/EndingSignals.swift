internal import Dispatch
internal import Environment
internal import Foundation
internal import Logging
internal import ServiceLifecycle
internal import UnixSignals

/// Runs a group of services until it ends; SIGTERM and SIGINT ask it to, and the second of them ends the process at once.
///
/// Nothing is lost by the latter either: jobs that are worked on are given back, as far as that takes no time; others go on
/// when their leases are over.
struct EndingSignals: Sendable {
    /// How long a process that was told twice may take to give its jobs back.
    private static let patience = DispatchTimeInterval.seconds(1)

    let group: ServiceGroup
    let logger: Logger
    /// Told of the first signal, before anything ends.
    let onEnding: @Sendable () -> Void

    /// Returns once the group has ended; after a second signal the process is gone instead.
    /// - Throws: what keeps a service from running.
    func run() async throws {
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        let second = try await withThrowingTaskGroup(of: UnixSignal?.self) { tasks in
            tasks.addTask {
                try await group.run()
                return nil
            }
            tasks.addTask { await obey(signals) }
            // What still runs then is told to stop where it is; workers give their jobs back.
            defer { tasks.cancelAll() }
            return try await tasks.next() ?? nil
        }
        if let second { Self.end(second) }
    }

    /// Returns the second signal; nil where the group ends before it.
    private func obey(_ signals: UnixSignalsSequence) async -> UnixSignal? {
        var isEnding = false
        for await signal in signals {
            if isEnding {
                logger.warning("a second signal: the process ends at once, and gives back the jobs that it can")
                DispatchQueue.global().asyncAfter(deadline: .now() + Self.patience) { Self.end(signal) }
                return signal
            }
            isEnding = true
            onEnding()
            await group.triggerGracefulShutdown()
        }
        return nil
    }

    /// With the exit code that scripts know for a process that the signal ended.
    private static func end(_ signal: UnixSignal) -> Never {
        fflush(nil)
        _exit(128 + signal.rawValue)
    }
}
