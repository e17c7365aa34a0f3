import Contracts
import Environment
import JobSystem
import Storage
import Testing

struct WorkerLoopTests {
    @Test func aJobIsHandledItsEventsAreSeenAndItsResultIsKept() async throws {
        try await JobWorld.with { world in
            let job = try await world.submit("ok", segments: 3)
            let updates = try await world.service.follow(job.id, owner: "ada")
            try await world.working(world.worker()) {
                var seen: [JobEvent] = []
                for try await update in updates { seen.append(update) }
                #expect(seen.first?.job.state == .queued && seen.last?.job.state == .completed)
                #expect(seen.filter { $0.job.state == .processing }.map(\.job.progress.done) == [0, 1, 2, 3])
            }
            #expect(try await world.store.result(of: job.id) == SimulatedHandler.result(of: job.id))
        }
    }

    @Test func aFailedAttemptIsFollowedByAnotherAfterItsDelay() async throws {
        try await JobWorld.with { world in
            let settled = AsyncStream.makeStream(of: Job.self)
            let worker = world.worker { if case .settled(let job, _, _) = $0 { settled.continuation.yield(job) } }
            let job = try await world.submit("fail 1")
            try await world.working(worker) {
                var endings = settled.stream.makeAsyncIterator()
                let first = try #require(await endings.next())
                #expect(first.stateMachine == JobStateMachine(state: .queued, attempt: 1, failures: 1))
                #expect(first.failure?.code == "unlucky" && first.availableAt > world.time.now)
                async let _: Void = world.time.pass()
                try await world.untilEnded(job.id)
            }
            let ended = try #require(try await world.store.job(job.id))
            #expect(ended.stateMachine == JobStateMachine(state: .completed, attempt: 2, failures: 1))
            #expect(ended.failure == nil)
        }
    }

    @Test(arguments: [("never", false), ("always", true)])
    func aJobThatIsGivenUpIsADeadLetterOnlyIfItsFailureMightHavePassed(_ payload: String, _ isDead: Bool) async throws {
        try await JobWorld.with { world in
            let job = try await world.submit(payload)
            try await world.working(world.worker(limit: 1)) { try await world.untilEnded(job.id) }
            let ended = try #require(try await world.store.job(job.id))
            #expect(ended.state == .failed && (ended.deadLetteredAt != nil) == isDead)
            #expect(try await world.store.deadLetters(limit: 9, cursor: nil).jobs.map(\.id) == (isDead ? [job.id] : []))
            let again = try await world.service.retry(job.id, owner: "ada")
            #expect(again.state == .queued && again.failures == 0)
        }
    }

    @Test func anUnexpectedErrorIsAnInternalFailureWhoseCauseIsReported() async throws {
        struct Surprise: Error {}
        try await JobWorld.with { world in
            let errors = Recorder<any Error>()
            let worker = world.worker(SimulatedHandler { _ in throw Surprise() }, limit: 1) {
                if case .settled(_, _, let error?) = $0 { errors.record(error) }
            }
            let job = try await world.submit()
            try await world.working(worker) { try await world.untilEnded(job.id) }
            #expect(try await world.store.job(job.id)?.failure == .internal)
            #expect(errors.all.count == 1 && errors.all.first is Surprise)
        }
    }

    @Test func cancellingAJobStopsItsHandlerAndLeavesNoResult() async throws {
        try await JobWorld.with { world in
            let started = Signal()
            let stopped = Signal()
            let handler = SimulatedHandler { _ in
                started.raise()
                defer { stopped.raise() }
                try await world.time.environment.sleep(.seconds(1_000_000))
            }
            let job = try await world.submit()
            try await world.working(world.worker(handler)) {
                await started.wait(after: 0)
                _ = try await world.service.cancel(job.id, owner: "ada")
                await stopped.wait(after: 0)
            }
            #expect(try await world.store.job(job.id)?.state == .cancelled)
            #expect(try await world.store.result(of: job.id) == nil)
        }
    }

    @Test func leasesAreRenewedWhileAHandlerWorks() async throws {
        try await JobWorld.with { world in
            let started = Signal()
            let finish = Signal()
            let handler = SimulatedHandler { _ in
                started.raise()
                await finish.wait(after: 0)
            }
            let job = try await world.submit()
            try await world.working(world.worker(handler)) {
                await started.wait(after: 0)
                let first = try #require(try await world.store.job(job.id)?.leaseUntil)
                var lease = first
                async let _: Void = world.time.pass(inStepsOf: .milliseconds(100))
                while lease == first {
                    lease = try #require(try await world.store.job(job.id)?.leaseUntil)
                }
                #expect(lease > first)
                finish.raise()
                try await world.untilEnded(job.id)
            }
            #expect(try await world.store.job(job.id)?.attempt == 1)
        }
    }

    @Test func aWorkerWhoseLeaseWasTakenStopsAndChangesNothing() async throws {
        try await JobWorld.with { world in
            let started = Signal()
            let handler = SimulatedHandler { _ in
                started.raise()
                try await world.time.environment.sleep(.seconds(1_000_000))
            }
            let revoked = AsyncStream.makeStream(of: Claim.self)
            let worker = world.worker(handler) {
                if case .revoked(let claim) = $0 { revoked.continuation.yield(claim) }
            }
            let job = try await world.submit()
            try await world.working(worker) {
                await started.wait(after: 0)
                // Somebody else finds the lease run out, and another worker is done with the job at once.
                let claim = Claim(jobID: job.id, attempt: 1)
                let later = world.time.now + .seconds(3600)
                let ending = AttemptEnding.crashed(before: later, availableAt: world.time.now)
                #expect(try await world.store.settle(claim, as: ending, at: later) != .lost)
                let second = try #require(
                    try await world.store.claim(ClaimRequest(worker: "other", time: later)).first
                )
                _ = try await world.store.settle(second.claim, as: .completed(result: "theirs"), at: later)
                async let _: Void = world.time.pass(inStepsOf: .milliseconds(100))
                for await claim in revoked.stream {
                    #expect(claim.attempt == 1)
                    break
                }
            }
            #expect(try await world.store.result(of: job.id) == "theirs")
            #expect(try await world.store.job(job.id)?.attempt == 2)
        }
    }

    @Test func stoppingLetsRunningJobsEndAndTakesNoMore() async throws {
        try await JobWorld.with { world in
            let started = Signal()
            let finish = Signal()
            let handler = SimulatedHandler { _ in
                started.raise()
                await finish.wait(after: 0)
            }
            let worker = world.worker(handler)
            let job = try await world.submit()
            async let running: Void = worker.run()
            await started.wait(after: 0)
            worker.stop()
            let late = try await world.submit()
            finish.raise()
            await running
            #expect(try await world.store.job(job.id)?.state == .completed)
            #expect(try await world.store.job(late.id) == late)
        }
    }

    @Test func whatDoesNotEndInTimeIsGivenBackWithoutCountingAsFailure() async throws {
        try await JobWorld.with { world in
            let started = Signal()
            let handler = SimulatedHandler { _ in
                started.raise()
                try await world.time.environment.sleep(.seconds(1_000_000))
            }
            let worker = world.worker(handler)
            let job = try await world.submit()
            async let running: Void = worker.run()
            await started.wait(after: 0)
            worker.stop()
            // Cancelled when the scope ends.
            async let _: Void = world.time.pass()
            await running
            let given = try #require(try await world.store.job(job.id))
            #expect(given.stateMachine == JobStateMachine(state: .queued, attempt: 1, failures: 0))
            #expect(given.availableAt <= world.time.now)
        }
    }

    @Test func cancellingTheLoopGivesJobsBackAtOnce() async throws {
        try await JobWorld.with { world in
            let started = Signal()
            let handler = SimulatedHandler { _ in
                started.raise()
                try await world.time.environment.sleep(.seconds(1_000_000))
            }
            let worker = world.worker(handler)
            let job = try await world.submit()
            let running = Task { await worker.run() }
            await started.wait(after: 0)
            running.cancel()
            await running.value
            #expect(try await world.store.job(job.id)?.state == .queued)
        }
    }

    @Test func aResultOutlastsAStoreThatIsAwayForLongerThanTheLease() async throws {
        try await JobWorld.with { world in
            let database = SwitchableDatabase(world.database)
            let isLong = Signal()
            let start = world.time.now
            let handler = SimulatedHandler { _ in database.condition = .unreachable }
            let store = SQLJobStore(database)
            let worker = WorkerLoop(
                WorkerLoop.Configuration(name: "w"),
                store: store,
                queue: world.queue,
                events: world.events,
                environment: world.time.environment,
                handler: handler
            ) { incident in
                guard case .storeFailed = incident, world.time.now - start > .seconds(90) else { return }
                isLong.raise()
            }
            let job = try await world.submit()
            try await world.working(worker) {
                async let _: Void = world.time.pass()
                await isLong.wait(after: 0)
                database.condition = .working
                try await world.untilEnded(job.id)
            }
            let ended = try #require(try await world.store.job(job.id))
            #expect(ended.stateMachine == JobStateMachine(state: .completed, attempt: 1))
        }
    }

    @Test func aResultThatIsTooLargeFailsItsJob() async throws {
        struct Verbose: JobHandler {
            func handle(_ job: ClaimedJob, reporting reporter: JobReporter) async throws -> String {
                String(repeating: "x", count: 65 << 20)
            }
        }
        try await JobWorld.with { world in
            let job = try await world.submit()
            try await world.working(world.worker(Verbose())) { try await world.untilEnded(job.id) }
            #expect(try await world.store.job(job.id)?.failure?.code == "result_too_large")
        }
    }
}
