package import Threads

/// Threads on which texts are read, cut, tokenized and put together.
package struct TextExecutors: Sendable {
    /// For texts that somebody waits for.
    let urgent: ThreadPoolExecutor
    /// For all others; these threads step back before those of requests.
    let ordinary: ThreadPoolExecutor

    /// - Parameter threads: of each kind.
    package init(threads: Int) {
        urgent = ThreadPoolExecutor(name: "text", threads: threads)
        ordinary = ThreadPoolExecutor(name: "job-text", threads: threads, share: .whatIsLeft)
    }

    /// Both kinds on the same threads, as tests want them that measure what the work costs.
    package init(_ shared: ThreadPoolExecutor) { (urgent, ordinary) = (shared, shared) }

    func executor(for order: WorkOrder) -> ThreadPoolExecutor { order.isUrgent ? urgent : ordinary }
}
