package import NIOCore

/// Runs tasks on the thread of an event loop.
///
///     await withTaskExecutorPreference(EventLoopTaskExecutor(channel.eventLoop)) { … }
///
/// For what a connection's task does between the channel's events: on the cooperative pool, each of its steps would wake
/// another thread, and its answer the loop again. Child tasks stay there too. Whoever computes for long moves elsewhere
/// (`ThreadPoolExecutor`): the loop's other connections wait meanwhile.
package final class EventLoopTaskExecutor: TaskExecutor {
    private let eventLoop: any EventLoop

    package init(_ eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        eventLoop.execute { [self] in job.runSynchronously(on: asUnownedTaskExecutor()) }
    }
}
