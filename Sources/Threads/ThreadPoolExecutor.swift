internal import Foundation

/// Runs tasks on threads of its own.
///
/// Swift's cooperative pool has as many threads as the machine has cores, and everything that answers requests needs them.
/// Work that computes for a while (tokenizing, ICU, hashing of passwords) runs here:
///
///     await withTaskExecutorPreference(executor) { … }
///
/// The threads live as long as the process.
package final class ThreadPoolExecutor: TaskExecutor {
    private final class Queue: @unchecked Sendable {
        // Unchecked: `jobs` is guarded by the condition's lock.
        private let condition = NSCondition()
        private var jobs: [UnownedJob] = []
        private var next = 0

        func put(_ job: UnownedJob) {
            condition.withLock {
                jobs.append(job)
                condition.signal()
            }
        }

        func take() -> UnownedJob {
            condition.lock()
            defer { condition.unlock() }
            while next == jobs.count { condition.wait() }
            let job = jobs[next]
            next += 1
            // Moved to the front only when half of the list is spent, so that taking stays cheap.
            if next * 2 > jobs.count {
                jobs.removeFirst(next)
                next = 0
            }
            return job
        }
    }

    private let queue = Queue()

    /// - Parameters:
    ///   - name: what the threads are called in debuggers and lists of threads.
    ///   - threads: at least one.
    ///   - share: what they may use of the processors while others want them.
    package init(name: String, threads: Int, share: ProcessorShare = .whole) {
        for number in 0..<max(1, threads) {
            DedicatedThread.start("\(name)-\(number)", share: share) { [queue, weak self] in
                while true {
                    let job = queue.take()
                    // Without the executor nobody can have put a job.
                    guard let self else { return }
                    job.runSynchronously(on: self.asUnownedTaskExecutor())
                }
            }
        }
    }

    package func enqueue(_ job: consuming ExecutorJob) { queue.put(UnownedJob(job)) }
}
