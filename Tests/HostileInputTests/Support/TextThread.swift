import Foundation
import Threads

/// A thread on which texts are worked on, and that tells what it costs: its own processor time, whatever else runs on the
/// machine.
struct TextThread {
    let executor = ThreadPoolExecutor(name: "hostile", threads: 1)

    /// The processor time of work that runs on this thread alone.
    func time(of work: @Sendable () async throws -> Void) async rethrows -> Duration {
        try await withTaskExecutorPreference(executor) {
            let begin = Self.used
            try await work()
            return Self.used - begin
        }
    }

    /// The least of several runs: the first fills caches and tables.
    func leastTime(of runs: Int = 3, _ work: @Sendable () async throws -> Void) async rethrows -> Duration {
        var least = Duration.seconds(3600)
        for _ in 0..<runs { least = min(least, try await time(of: work)) }
        return least
    }

    /// What the calling thread has used of the processor.
    static var used: Duration {
        // As two numbers: which module the members of `timespec` belong to depends on what else is imported.
        var time = (seconds: 0, nanoseconds: 0)
        withUnsafeMutablePointer(to: &time) {
            _ = $0.withMemoryRebound(to: timespec.self, capacity: 1) { clock_gettime(CLOCK_THREAD_CPUTIME_ID, $0) }
        }
        return .seconds(time.seconds) + .nanoseconds(time.nanoseconds)
    }
}
