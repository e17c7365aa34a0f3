import Contracts
import Environment
import JobSystem
import Testing

/// No attempt lasts for ever.
struct AttemptTimeoutTests {
    /// Works as the payload says: `deaf` hangs whoever tells it to stop, `hang` until it is told to, `steps` reports
    /// progress until it may end; anything else is done at once. Jobs of one segment may be silent for 20 seconds,
    /// others for days.
    private struct Handler: JobHandler {
        let time: ManualTime
        var mayEnd: @Sendable () -> Bool = { true }

        func longestSilence(of job: Job) -> Duration { job.progress.total == 1 ? .seconds(20) : .seconds(1_000_000) }

        func handle(_ job: ClaimedJob, reporting reporter: JobReporter) async throws -> String {
            switch job.input.payload {
            case "deaf":
                let environment = time.environment
                await Task { try? await environment.sleep(.seconds(2_000_000)) }.value
            case "hang": try await time.environment.sleep(.seconds(2_000_000))
            case "steps": await work(reporter)
            default: break
            }
            return "{}"
        }

        /// Ten times as long as one may be silent, or longer, with a report every 15 seconds. Time passes no faster than
        /// those who sleep keep up with.
        private func work(_ reporter: JobReporter) async {
            var reports = 0
            while reports < 14 || !mayEnd(), reports < 2000 {
                for _ in 0..<15 {
                    await time.untilSomebodySleeps(upTo: .seconds(1))
                    time.advance(by: .seconds(1))
                }
                reports += 1
                await reporter.report(done: 1, of: 1)
            }
        }
    }

    @Test func aHandlerThatHangsIsEnded_andItsJobFailsAndIsTriedAgain() async throws {
        try await JobWorld.with { world in
            let abandoned = Recorder<Int>()
            let worker = world.worker(Handler(time: world.time), limit: 2, slots: 1) {
                if case .abandoned(_, let total) = $0 { abandoned.record(total) }
            }
            let (hanging, other) = (try await world.submit("hang"), try await world.submit("ok", segments: 2))
            try await world.working(worker) {
                async let _: Void = world.time.pass(pausing: .milliseconds(1))
                try await world.untilEnded(other.id)
                try await world.untilEnded(hanging.id)
            }
            let dead = try #require(try await world.store.job(hanging.id))
            #expect(dead.stateMachine == JobStateMachine(state: .failed, attempt: 2, failures: 2))
            #expect(dead.failure == .timedOut(after: .seconds(20)) && dead.deadLetteredAt != nil)
            #expect(abandoned.all.isEmpty, "it stopped when it was told to")
        }
    }

    @Test func aHandlerThatDoesNotStopIsLeftBehind_andItsSlotIsFree() async throws {
        try await JobWorld.with { world in
            let abandoned = Recorder<Int>()
            let worker = world.worker(Handler(time: world.time), limit: 2, slots: 1) {
                if case .abandoned(_, let total) = $0 { abandoned.record(total) }
            }
            let (deaf, other) = (try await world.submit("deaf"), try await world.submit("ok", segments: 2))
            try await world.working(worker) {
                async let _: Void = world.time.pass(pausing: .milliseconds(1))
                try await world.untilEnded(other.id)
                try await world.untilEnded(deaf.id)
            }
            #expect(worker.abandonedHandlers == 2 && abandoned.all == [1, 2])
            #expect(try await world.store.job(other.id)?.state == .completed)
            #expect(try await world.store.job(deaf.id)?.failure?.code == JobFailure.timeoutCode)
            world.time.advance(by: .seconds(2_000_000))
        }
    }

    @Test func whatEndsAfterAllIsCountedNoMore() async throws {
        try await JobWorld.with { world in
            let ended = AsyncStream.makeStream(of: Int.self)
            let worker = world.worker(Handler(time: world.time), limit: 1, slots: 1) {
                if case .abandonedEnded(_, let total) = $0 { ended.continuation.yield(total) }
            }
            let deaf = try await world.submit("deaf")
            try await world.working(worker) {
                async let _: Void = world.time.pass()
                try await world.untilEnded(deaf.id)
            }
            #expect(worker.abandonedHandlers == 1)
            world.time.advance(by: .seconds(2_000_000))
            var totals = ended.stream.makeAsyncIterator()
            #expect(await totals.next() == 0)
            #expect(worker.abandonedHandlers == 0)
            #expect(try await world.store.result(of: deaf.id) == nil, "what it returned came too late")
        }
    }

    @Test func progressMovesTheLimit() async throws {
        try await JobWorld.with { world in
            let job = try await world.submit("steps")
            try await world.working(world.worker(Handler(time: world.time), slots: 1)) {
                try await world.untilEnded(job.id)
            }
            let ended = try #require(try await world.store.job(job.id))
            #expect(ended.stateMachine == JobStateMachine(state: .completed, attempt: 1))
        }
    }

    /// The engine takes first what is due first: a job may have to wait there for all of another.
    @Test(arguments: [true, false])
    func onlyWorkThatIsDueBeforeExcusesSilence(isBehind: Bool) async throws {
        try await JobWorld.with { world in
            let failed = Signal()
            let settled = Recorder<JobID>()
            let handler = Handler(time: world.time, mayEnd: { isBehind || failed.ticket > 0 })
            let worker = world.worker(handler, limit: 1, slots: 2) {
                guard case .settled(let job, _, _) = $0 else { return }
                settled.record(job.id)
                if job.state == .failed { failed.raise() }
            }
            let first = try await world.submit(isBehind ? "steps" : "hang")
            world.time.advance(by: .seconds(1))
            let second = try await world.submit(isBehind ? "hang" : "steps")
            let (steps, silent) = isBehind ? (first, second) : (second, first)
            try await world.working(worker) {
                try await world.untilEnded(steps.id)
                async let _: Void = world.time.pass()
                try await world.untilEnded(silent.id)
            }
            #expect(settled.all == (isBehind ? [steps.id, silent.id] : [silent.id, steps.id]))
            #expect(try await world.store.job(steps.id)?.state == .completed)
            #expect(try await world.store.job(silent.id)?.failure?.code == JobFailure.timeoutCode)
        }
    }

    @Test func aHandlerThatIgnoresACancelledJobHoldsNoSlot() async throws {
        try await JobWorld.with { world in
            let job = try await world.submit("deaf", segments: 2)
            let other = try await world.submit("ok", segments: 2)
            try await world.working(world.worker(Handler(time: world.time), slots: 1)) {
                try await untilItRuns(job, world)
                _ = try await world.service.cancel(job.id, owner: "ada")
                async let _: Void = world.time.pass()
                try await world.untilEnded(other.id)
            }
            #expect(try await world.store.job(other.id)?.state == .completed)
            world.time.advance(by: .seconds(2_000_000))
        }
    }

    @Test func aHandlerThatIgnoresTheEndOfItsWorkerDoesNotKeepIt_andItsJobIsGivenBack() async throws {
        try await JobWorld.with { world in
            let (given, failed) = (Recorder<JobID>(), Recorder<JobID>())
            let worker = world.worker(Handler(time: world.time)) {
                switch $0 {
                case .handedBack(let job, _): given.record(job.id)
                case .settled(let job, _, _): failed.record(job.id)
                default: break
                }
            }
            let jobs = [try await world.submit("deaf", segments: 2), try await world.submit("hang", segments: 2)]
            async let running: Void = worker.run()
            for job in jobs { try await untilItRuns(job, world) }
            worker.stop()
            async let _: Void = world.time.pass()
            await running
            #expect(Set(given.all) == Set(jobs.map(\.id)) && failed.all.isEmpty)
            for job in jobs {
                let given = try #require(try await world.store.job(job.id))
                #expect(given.stateMachine == JobStateMachine(state: .queued, attempt: 1))
            }
            world.time.advance(by: .seconds(2_000_000))
        }
    }

    @Test func longTextsMayBeSilentForLonger() {
        func job(_ words: Int) -> Job {
            SampleJobs.submission(SampleJobs.request(words: words), at: ManualTime.start).job
        }
        #expect(AttemptPatience().longestSilence(of: job(1)) >= .seconds(600))
        #expect(AttemptPatience().longestSilence(of: job(100_000)) == .seconds(600 + 1000))
        #expect(AttemptPatience(base: .seconds(5)).longestSilence(of: job(100)) == .seconds(6))
    }

    private func untilItRuns(_ job: Job, _ world: JobWorld) async throws {
        let updates = try await world.service.follow(job.id, owner: nil)
        for try await update in updates where update.job.state == .processing { return }
    }
}
