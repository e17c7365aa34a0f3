package import Environment
internal import Synchronization

/// A worker: claims jobs, has them handled side by side, keeps their leases, and records how they end.
///
/// A lease is renewed three times in its length. A job whose claim is lost (cancelled, erased, or taken back because the
/// heartbeat did not get through) has its handler's task cancelled and leaves no trace. Whatever the store does, `run`
/// goes on: claims and endings are tried again until they succeed or the lease has passed.
package final class WorkerLoop: Sendable {
    package struct Configuration: Sendable {
        /// Names the worker in the record; different for every process.
        package var name: String
        /// Jobs worked on at once.
        package var concurrency = 4
        package var lease = Duration.seconds(30)
        package var classes = Set(PriorityClass.allCases)
        /// Kinds and languages this worker can do; `nil`: all.
        package var kinds: [String]?
        package var languages: [JobLanguages]?
        /// How long running jobs may go on after `stop()` before they are given back.
        package var drainTimeout = Duration.seconds(20)
        /// How long to wait before the store is tried again after a failure.
        package var storeRetryDelay = Duration.milliseconds(500)

        package init(name: String) { self.name = name }
    }

    let configuration: Configuration
    let store: any JobStore
    let queue: any JobQueue
    let events: any EventBus
    let environment: ServiceEnvironment
    let handler: any JobHandler
    let retry: RetryPolicy
    let limits: JobLimits
    let meter: ThroughputMeter?
    let report: @Sendable (JobIncident) -> Void
    let running = RunningJobs()
    private let stopped = Signal()
    private let hasRun = Mutex(false)

    package init(
        _ configuration: Configuration,
        store: any JobStore,
        queue: any JobQueue,
        events: any EventBus,
        environment: ServiceEnvironment,
        handler: any JobHandler,
        retry: RetryPolicy = RetryPolicy(),
        limits: JobLimits = JobLimits(),
        meter: ThroughputMeter? = nil,
        report: @escaping @Sendable (JobIncident) -> Void = { _ in }
    ) {
        self.configuration = configuration
        self.store = store
        self.queue = queue
        self.events = events
        self.environment = environment
        self.handler = handler
        self.retry = retry
        self.limits = limits
        self.meter = meter
        self.report = report
    }

    /// Names the worker in the record.
    package var name: String { configuration.name }
    /// Jobs worked on at once, at most.
    package var concurrency: Int { configuration.concurrency }
    /// Jobs that are being worked on.
    package var runningJobs: Int { running.claims.count }

    /// Stops claiming. `run` returns once the running jobs have ended, or after `drainTimeout`, when the rest is given
    /// back. May be called at any time, from anywhere, more than once.
    package func stop() {
        running.stopAccepting()
        stopped.raise()
    }

    /// Works until `stop()`. Cancelling the task gives running jobs back at once. To be called once.
    package func run() async {
        let isSecond = hasRun.withLock { hasRun in
            defer { hasRun = true }
            return hasRun
        }
        precondition(!isSecond, "WorkerLoop.run() was called twice on worker '\(configuration.name)'.")
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.keepLeases() }
            await withDiscardingTaskGroup { jobs in
                while let claimed = await self.nextJobs() {
                    for job in claimed {
                        let revocation = self.running.add(job.claim)
                        jobs.addTask { await self.process(job, revocation) }
                    }
                }
                await self.drain()
            }
            group.cancelAll()
        }
    }

    /// Waits for a free slot and for jobs to fill it; `nil` once the worker is to stop.
    private func nextJobs() async -> [ClaimedJob]? {
        let slots = await running.freeSlots(of: configuration.concurrency)
        guard slots > 0 else { return nil }
        let request = ClaimRequest(
            worker: configuration.name,
            limit: slots,
            lease: configuration.lease,
            classes: configuration.classes,
            kinds: configuration.kinds,
            languages: configuration.languages,
            time: environment.now()
        )
        return await withTaskGroup(of: [ClaimedJob].self) { group in
            group.addTask {
                do {
                    return try await self.queue.next(request)
                } catch {
                    self.report(.storeFailed(error))
                    try? await self.environment.sleep(self.configuration.storeRetryDelay)
                    return []
                }
            }
            group.addTask {
                await self.stopped.wait(after: 0)
                return []
            }
            let first = await group.next() ?? []
            group.cancelAll()
            // What was claimed while the stop came in is worked on like the rest.
            return await group.reduce(into: first) { $0 += $1 }
        }
    }

    /// Gives running jobs time to end, then tells the rest to stop.
    private func drain() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.running.untilNoneRuns() }
            group.addTask { try? await self.environment.sleep(self.configuration.drainTimeout) }
            await group.next()
            group.cancelAll()
        }
        running.drain()
    }

    /// The heartbeat of all running jobs.
    private func keepLeases() async {
        while !Task.isCancelled {
            try? await environment.sleep(configuration.lease / 3)
            let claims = running.claims
            guard !Task.isCancelled, !claims.isEmpty else { continue }
            do {
                let now = environment.now()
                let lost = try await store.extendLeases(claims, until: now + configuration.lease, at: now)
                for claim in lost { running.revoke(claim) }
            } catch {
                report(.storeFailed(error))
            }
        }
    }
}
