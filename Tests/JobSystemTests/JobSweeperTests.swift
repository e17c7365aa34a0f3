import Contracts
import Environment
import JobSystem
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
        let request = ClaimRequest(worker: "w", lease: .seconds(30), time: world.time.now)
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
            for _ in 0..<3 {
                world.time.advance(by: .seconds(300))
                _ = try await claim(world)
                world.time.advance(by: .seconds(31))
                try await sweeper(world, limit: 3).returnExpiredLeases()
            }
            let dead = try #require(try await world.store.job(job.id))
            #expect(dead.stateMachine == JobStateMachine(state: .failed, attempt: 3, failures: 3))
            #expect(dead.deadLetteredAt == world.time.now)
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
