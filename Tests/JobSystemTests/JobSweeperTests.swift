import Contracts
import Environment
import JobSystem
import Storage
import Testing

struct JobSweeperTests {
    private func sweeper(
        _ world: JobWorld,
        limit: Int = 3,
        report: @escaping @Sendable (JobIncident) -> Void = { _ in }
    ) -> JobSweeper {
        var retry = RetryPolicy()
        retry.limit = limit
        return JobSweeper(
            store: world.store,
            queue: world.queue,
            events: world.events,
            environment: world.time.environment,
            retry: retry,
            report: report
        )
    }

    private func claim(_ world: JobWorld) async throws -> Claim {
        let request = ClaimRequest(worker: "w", lease: .seconds(30), apart: .first, time: world.time.now)
        return try #require(try await world.store.claim(request).first).claim
    }

    @Test func aLeaseThatRanOutIsTakenBackAndAnnounced() async throws {
        try await JobWorld.with { world in
            let job = try await world.submit()
            _ = try await claim(world)
            #expect(try await sweeper(world).returnExpiredLeases() == 0)
            world.time.advance(by: .seconds(31))
            let updates = try await world.service.follow(job.id, owner: nil)
            #expect(try await sweeper(world).returnExpiredLeases() == 1)
            var iterator = updates.makeAsyncIterator()
            #expect(try await iterator.next()?.job.state == .processing)
            let taken = try #require(try await iterator.next()?.job)
            #expect(taken.state == .queued && taken.failure == .leaseLost)
            #expect(try await sweeper(world).returnExpiredLeases() == 0)
        }
    }

    @Test func aJobThatKillsItsWorkersEndsAmongTheDeadLetters() async throws {
        try await JobWorld.with { world in
            let job = try await world.submit()
            for crashes in 0..<3 {
                world.time.advance(by: .seconds(300))
                #expect(try await world.store.job(job.id)?.isApart == (crashes == 2))
                _ = try await claim(world)
                world.time.advance(by: .seconds(31))
                // However few failures there may be: these are none.
                try await sweeper(world, limit: 1).returnExpiredLeases()
            }
            let dead = try #require(try await world.store.job(job.id))
            #expect(dead.stateMachine == JobStateMachine(state: .failed, attempt: 3, crashes: 3))
            #expect(dead.deadLetteredAt == world.time.now && dead.failure == .workersDied(times: 3))
            #expect(dead.failure?.message.contains("died 3 times, at last with nothing beside it") == true)
        }
    }

    /// Workers that could not reach the store either, or slept on the same machine, are alive: their jobs lost nothing.
    @Test(arguments: [true, false])
    func whoeverWasAwayLetsOthersRenewTheirLeasesFirst(isStoreAway: Bool) async throws {
        try await JobWorld.with { world in
            let database = SwitchableDatabase(world.database)
            let expired = Signal()
            let sweeper = JobSweeper(
                store: SQLJobStore(database),
                queue: world.queue,
                events: world.events,
                environment: world.time.environment
            ) { if case .leaseExpired = $0 { expired.raise() } }
            let job = try await world.submit()
            _ = try await claim(world)
            func untilItSleeps() async { await world.time.untilSomebodySleeps(upTo: .seconds(5)) }
            if isStoreAway {
                world.time.advance(by: .seconds(31))
                database.condition = .unreachable
            }
            let running = Task { await sweeper.run() }
            await untilItSleeps()
            database.condition = .working
            world.time.advance(by: isStoreAway ? .seconds(5) : .seconds(31))
            await untilItSleeps()
            #expect(try await world.store.job(job.id)?.state == .processing)
            for _ in 0..<2 {
                world.time.advance(by: .seconds(5))
                await untilItSleeps()
            }
            await expired.wait(after: 0)
            #expect(try await world.store.job(job.id)?.crashes == 1)
            running.cancel()
            await running.value
        }
    }

    @Test func theLoopAddsUpWhatHasEnded() async throws {
        try await JobWorld.with { world in
            _ = try await world.submit()
            _ = try await world.store.settle(try await claim(world), as: .completed(result: "{}"), at: world.time.now)
            let sweeper = sweeper(world)
            let running = Task { await sweeper.run() }
            // Its first round is over.
            await world.time.untilSomebodySleeps(upTo: .seconds(5))
            #expect(try await world.store.foldEndings(limit: 9) == 0)
            running.cancel()
            await running.value
        }
    }

    @Test func theLoopErasesWhatHasBeenKeptLongEnoughAndEndsWhenCancelled() async throws {
        try await JobWorld.with { world in
            let job = try await world.service.submit(SampleJobs.request(retention: .zero)).job
            _ = try await world.store.settle(try await claim(world), as: .completed(result: "{}"), at: world.time.now)
            let sweeper = sweeper(world)
            let running = Task { await sweeper.run() }
            let passing = Task { await world.time.pass(inStepsOf: .seconds(30)) }
            while try await world.store.job(job.id) != nil { await Task.yield() }
            running.cancel()
            passing.cancel()
            await running.value
            await passing.value
        }
    }
}
