package import Environment
internal import Synchronization

/// A worker: claims jobs, has them handled side by side, keeps their leases, and records how they end.
///
/// A lease is renewed three times in its length. A job whose claim is lost (cancelled, erased, or taken back because the
/// heartbeat did not get through) has its handler's task cancelled and leaves no trace. Whatever the store does, `run`
/// goes on: claims and endings are tried again until they succeed or the lease has passed.
///
/// No attempt lasts for ever: one that does not get on (`JobHandler.longestSilence`) is ended and fails. A handler that
/// does not stop when it is told to is left behind, and its slot is given to the next job.
///
/// A job that is set aside (`Job.isApart`) runs alone: it is claimed when nothing runs, and nothing is claimed beside it.
/// Workers that are never idle make room for such jobs from time to time (`ApartTurns`).
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
        package var languages: LanguageCoverage?
        /// How long running jobs may go on after `stop()` before they are given back.
        package var drainTimeout = Duration.seconds(20)
        /// How long a handler may take to end once it was told to stop.
        package var stopTimeout = Duration.seconds(10)
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
    /// Handlers that were told to stop, have not, and still use what they use.
    package var abandonedHandlers: Int { running.abandoned }

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
                        let revocation = self.running.add(job, at: self.environment.now())
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
        guard let room = await running.room(of: configuration.concurrency, now: environment.now) else { return nil }
        let request = request(limit: room.slots, apart: room.apart)
        return await withTaskGroup(of: [ClaimedJob].self) { group in
            group.addTask {
                do {
                    return try await self.queue.next(request)
                } catch {
                    // Told to stop asking before the store had begun to answer.
                    guard !Task.isCancelled else { return [] }
                    self.report(.storeFailed(error))
                    try? await self.environment.sleep(self.configuration.storeRetryDelay)
                    return []
                }
            }
            group.addTask {
                await self.stopped.wait(after: 0)
                return []
            }
            if room.apart == .leave {
                group.addTask {
                    await self.running.untilRoomIsAnother()
                    return []
                }
            }
            let first = await group.next() ?? []
            group.cancelAll()
            // What was claimed while the stop came in is worked on like the rest.
            return await group.reduce(into: first) { $0 += $1 }
        }
    }

    private func request(limit: Int, apart: ApartJobs) -> ClaimRequest {
        ClaimRequest(
            worker: configuration.name,
            limit: limit,
            lease: configuration.lease,
            classes: configuration.classes,
            kinds: configuration.kinds,
            languages: configuration.languages,
            apart: apart,
            time: environment.now()
        )
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

    /// The heartbeat of all running jobs. One that failed is made good soon: after an outage of the store, before anybody
    /// takes the leases for those of a worker that is gone.
    private func keepLeases() async {
        var pause = configuration.lease / 3
        while !Task.isCancelled {
            try? await environment.sleep(pause)
            pause = configuration.lease / 3
            let claims = running.claims
            guard !Task.isCancelled, !claims.isEmpty else { continue }
            do {
                let now = environment.now()
                let lost = try await store.extendLeases(claims, until: now + configuration.lease, at: now)
                for claim in lost { running.revoke(claim) }
                guard running.mayMakeRoom else { continue }
                let isWaited = try await store.hasJobApart(request(limit: 1, apart: .first))
                running.makeRoom(isWaited: isWaited, at: environment.now())
            } catch {
                report(.storeFailed(error))
                pause = min(pause, configuration.storeRetryDelay)
            }
        }
    }
}
