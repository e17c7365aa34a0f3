import Contracts
import Environment
import JobSystem
import Synchronization
import Testing

/// Jobs that are set aside, in a worker.
struct ApartJobTests {
    /// Notes what runs beside what.
    private final class Company: Sendable {
        private let running = Mutex<Set<JobID>>([])
        private let state = Mutex<[JobID: Int]>([:])

        /// The most jobs that ran while this one did.
        func most(beside id: JobID) -> Int { state.withLock { $0[id] ?? 0 } }

        func enter(_ id: JobID) {
            let present = running.withLock { running in
                running.insert(id)
                return running
            }
            state.withLock { state in for id in present { state[id] = max(state[id] ?? 0, present.count) } }
        }

        func leave(_ id: JobID) { running.withLock { _ = $0.remove(id) } }
    }

    /// A waiting job that lost two workers.
    private func apartJob(_ world: JobWorld) async throws -> Job {
        let id = try await world.submit().id
        for _ in 0..<2 {
            let request = ClaimRequest(worker: "w", only: [id], time: world.time.now)
            let claim = try #require(try await world.store.claim(request).first).claim
            let ending = AttemptEnding.crashed(before: .init(microseconds: .max), availableAt: world.time.now)
            _ = try await world.store.settle(claim, as: ending, at: world.time.now)
        }
        return try #require(try await world.store.job(id))
    }

    /// Another worker has the job for now.
    private func takeAway(_ job: Job, _ world: JobWorld) async throws -> Claim {
        let request = ClaimRequest(worker: "x", only: [job.id], apart: .first, time: world.time.now)
        return try #require(try await world.store.claim(request).first).claim
    }

    @Test func aJobThatIsSetAsideRunsAlone_thoughOthersWaitAndSlotsAreFree() async throws {
        try await JobWorld.with { world in
            let company = Company()
            let handler = SimulatedHandler { job in
                company.enter(job.job.id)
                defer { company.leave(job.job.id) }
                // Time for others to begin.
                for _ in 0..<3 { try await world.time.environment.sleep(.seconds(11)) }
            }
            let apart = try await apartJob(world)
            var others: [JobID] = []
            for _ in 0..<8 { others.append(try await world.submit().id) }
            try await world.working(world.worker(handler)) {
                async let _: Void = world.time.pass(pausing: .milliseconds(1))
                for id in [apart.id] + others { try await world.untilEnded(id) }
            }
            #expect(company.most(beside: apart.id) == 1)
            #expect(others.contains { company.most(beside: $0) > 1 })
            let ended = try #require(try await world.store.job(apart.id))
            #expect(ended.stateMachine == JobStateMachine(state: .completed, attempt: 3, crashes: 2))
        }
    }

    @Test func aWorkerThatIsNeverIdleMakesRoomForAJobThatIsSetAside() async throws {
        try await JobWorld.with { world in
            let (company, started) = (Company(), Signal())
            let apart = try await apartJob(world)
            let handler = SimulatedHandler { job in
                company.enter(job.job.id)
                defer { company.leave(job.job.id) }
                let ticket = started.ticket
                started.raise()
                guard job.job.id != apart.id else { return }
                // Others end only once the next one has begun, so that there is always one, or when none begins.
                await started.wait(after: ticket + 1, upTo: .seconds(20), environment: world.time.environment)
            }
            // The worker is busy before it sees the job that is set aside.
            var others: [JobID] = []
            for _ in 0..<400 { others.append(try await world.submit().id) }
            let worker = world.worker(handler, slots: 2)
            // Until the worker has stopped: some of its jobs end when their time is over.
            async let _: Void = world.time.pass(pausing: .milliseconds(5))
            let claim = try await takeAway(apart, world)
            try await world.working(worker) {
                await started.wait(after: 3)
                _ = try await world.store.settle(claim, as: .handedBack, at: world.time.now)
                try await world.untilEnded(apart.id)
                // Before all others have ended.
                #expect(try await world.store.queueStatus().waitingJobs > 0)
            }
            #expect(company.most(beside: apart.id) == 1)
        }
    }

    @Test func aWorkerThatBecomesIdleAsksAnewAtOnce() async throws {
        try await JobWorld.with { world in
            let (first, started) = (Signal(), Signal())
            let apart = try await apartJob(world)
            let claim = try await takeAway(apart, world)
            let handler = SimulatedHandler { job in
                started.raise()
                if job.job.id != apart.id { await first.wait(after: 0) }
            }
            let other = try await world.submit()
            try await world.working(world.worker(handler)) {
                await started.wait(after: 0)
                _ = try await world.store.settle(claim, as: .handedBack, at: world.time.now)
                first.raise()
                // No time passes: neither polling nor a heartbeat finds it.
                try await world.untilEnded(other.id)
                try await world.untilEnded(apart.id)
            }
        }
    }
}
