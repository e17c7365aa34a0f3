import Contracts
import Environment
import JobSystem
import Messaging
import Testing

struct JobServiceTests {
    @Test func anothersJobDoesNotExist() async throws {
        try await JobWorld.with { world in
            let job = try await world.submit()
            let calls: [@Sendable () async throws -> Void] = [
                { _ = try await world.service.job(job.id, owner: "eve") },
                { _ = try await world.service.cancel(job.id, owner: "eve") },
                { _ = try await world.service.retry(job.id, owner: "eve") },
                { try await world.service.erase(job.id, owner: "eve") },
                { _ = try await world.service.follow(job.id, owner: "eve") },
                { _ = try await world.service.wait(for: job.id, owner: "eve", upTo: .seconds(1)) },
            ]
            for call in calls {
                let error = await #expect(throws: JobError.self) { try await call() }
                #expect(error?.code == .notFound)
            }
            #expect(try await world.service.job(job.id, owner: nil) == job)
            #expect(try await world.service.job(job.id, owner: "ada") == job)
        }
    }

    @Test func waitingEndsWithTheJob() async throws {
        try await JobWorld.with { world in
            let job = try await world.submit()
            let ended = try await world.working(world.worker()) {
                try await world.service.wait(for: job.id, owner: "ada", upTo: .seconds(10))
            }
            #expect(ended.state == .completed)
        }
    }

    @Test func waitingEndsWithTheTimeIfTheJobDoesNot() async throws {
        try await JobWorld.with { world in
            let job = try await world.submit()
            async let waited = world.service.wait(for: job.id, owner: "ada", upTo: .seconds(10))
            await world.time.untilSomebodySleeps(upTo: .seconds(10))
            world.time.advance(by: .seconds(10))
            #expect(try await waited.state == .queued)
        }
    }

    @Test func whoFollowsSeesTheEndEvenIfItsEventIsLost() async throws {
        try await JobWorld.with { world in
            let job = try await world.submit()
            var updates = try await world.service.follow(job.id, owner: "ada").makeAsyncIterator()
            #expect(try await updates.next()?.job.state == .queued)
            // Straight into the store: nobody publishes this.
            _ = try await world.store.cancel(job.id, at: world.time.now)
            async let moved: Void = {
                await world.time.untilSomebodySleeps(upTo: .seconds(30))
                world.time.advance(by: .seconds(30))
            }()
            #expect(try await updates.next()?.job.state == .cancelled)
            #expect(try await updates.next() == nil)
            await moved
        }
    }

    @Test func staleEventsAreNotShownToWhoFollows() async throws {
        try await JobWorld.with { world in
            let job = try await world.submit()
            var updates = try await world.service.follow(job.id, owner: "ada").makeAsyncIterator()
            _ = try await updates.next()
            var stale = JobSnapshot(job)
            stale.revision -= 1
            stale.state = .failed
            await world.events.publish(JobEvent(job: stale))
            _ = try await world.service.cancel(job.id, owner: "ada")
            #expect(try await updates.next()?.job.state == .cancelled)
        }
    }

    @Test func anAnswerIsWaitedForAndLeavesNothing() async throws {
        try await JobWorld.with { world in
            let answer = try await world.working(world.worker()) {
                try await world.service.answer(SampleJobs.request(key: "k"), within: .seconds(10))
            }
            #expect(answer.result == SimulatedHandler.result(of: answer.job.id))
            #expect(try await world.store.job(answer.job.id) == nil)
        }
    }

    @Test func anAnswerThatTakesTooLongIsWithdrawn() async throws {
        try await JobWorld.with { world in
            async let answer = world.service.answer(SampleJobs.request(), within: .seconds(10))
            await world.time.untilSomebodySleeps(upTo: .seconds(10))
            world.time.advance(by: .seconds(10))
            do {
                _ = try await answer
                Issue.record("There is an answer, though nobody worked on it.")
            } catch let error as JobError {
                #expect(error.code == .overloaded && error.retryAfter != nil)
            }
            #expect(try await world.store.counts().map(\.state) == [.cancelled])
        }
    }

    @Test func tooManyWaitingJobsAreRefusedUntilThereIsRoom() async throws {
        try await JobWorld.with(maximumWaiting: 3) { world in
            for _ in 0..<3 { _ = try await world.submit() }
            let error = await #expect(throws: JobError.self) { _ = try await world.submit() }
            #expect(error?.code == .overloaded && error?.retryAfter != nil)
            _ = try await world.store.claim(ClaimRequest(worker: "w", time: world.time.now))
            world.time.advance(by: .seconds(1))
            _ = try await world.submit()
        }
    }

    @Test func oneOwnersFloodLeavesRoomForOthers() async throws {
        try await JobWorld.with(maximumWaiting: 100) { world in
            func submit(_ owner: String) async -> JobError? {
                do {
                    _ = try await world.service.submit(SampleJobs.request(owner: owner))
                    return nil
                } catch {
                    return error as? JobError
                }
            }
            var admitted = 0
            while await submit("eve") == nil { admitted += 1 }
            #expect(admitted == 80)
            let error = await submit("eve")
            #expect(error?.code == .overloaded && error?.retryAfter != nil)
            #expect(error?.message.contains("your jobs") == true)
            // Read anew, it is the same.
            world.time.advance(by: .seconds(2))
            #expect(await submit("eve")?.code == .overloaded)
            for number in 0..<15 { #expect(await submit("user \(number)") == nil) }
            #expect(await submit("ada") == nil)
            #expect(await submit("eve")?.code == .overloaded)
        }
    }

    @Test func estimatesFollowWhatWasMeasured() async throws {
        try await JobWorld.with { world in
            for _ in 0..<200 { world.service.meter.record(words: 100, in: .seconds(10)) }
            let first = try await world.service.submit(SampleJobs.request(words: 1000)).job
            let second = try await world.service.submit(SampleJobs.request(words: 500)).job
            let estimates = try await [first, second].asyncMap { try await world.service.estimate($0) }
            #expect(
                estimates.map { $0?.position.position } == [1, 2] || estimates.map { $0?.position.position } == [2, 1]
            )
            let last = try #require(estimates.compactMap { $0 }.max { $0.position.position < $1.position.position })
            let wait = (last.completion - world.time.now) / .seconds(1)
            #expect(abs(wait - 150) < 1)
        }
    }
}

extension Array {
    fileprivate func asyncMap<T>(_ transform: (Element) async throws -> T) async throws -> [T] {
        var result: [T] = []
        for element in self { result.append(try await transform(element)) }
        return result
    }
}
