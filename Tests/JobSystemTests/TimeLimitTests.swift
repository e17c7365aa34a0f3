import Contracts
import Environment
import Synchronization
import Testing

/// Operations that share a timer.
@Suite(.timeLimit(.minutes(20)))
struct TimeLimitTests {
    private struct Failed: Error {}

    /// An operation that goes on until it is cancelled.
    @Sendable private static func endless() async throws -> Int {
        try await Task.sleep(for: .seconds(3600))
        return 1
    }

    @Test func whatEndsInTimeIsReturnedOrThrown() async throws {
        let limit = TimeLimit(.seconds(10), ManualTime().environment)
        #expect(try await limit.run { 7 } == 7)
        await #expect(throws: Failed.self) { try await limit.run { () -> Int in throw Failed() } }
    }

    @Test func whatTakesTooLongIsCancelled() async throws {
        let time = ManualTime()
        let limit = TimeLimit(.seconds(10), time.environment)
        async let answer = limit.run(Self.endless)
        await time.untilSomebodySleeps(upTo: .seconds(10))
        time.advance(by: .seconds(10))
        #expect(try await answer == nil)
        // The task that asked was not.
        #expect(!Task.isCancelled)
        #expect(try await limit.run { 7 } == 7)
    }

    @Test func eachHasItsOwnTime() async throws {
        let time = ManualTime()
        let limit = TimeLimit(.seconds(10), time.environment)
        async let first = limit.run(Self.endless)
        await time.untilSomebodySleeps(upTo: .seconds(10))
        time.advance(by: .seconds(6))
        let (started, start) = AsyncStream.makeStream(of: Void.self)
        let second = Task {
            try await limit.run {
                start.finish()
                return try await Self.endless()
            }
        }
        for await _ in started {}
        time.advance(by: .seconds(4))
        #expect(try await first == nil)
        // The timer goes on for the second, whose time is up six seconds later.
        await time.untilSomebodySleeps(upTo: .seconds(6))
        time.advance(by: .seconds(6))
        #expect(try await second.value == nil)
    }

    /// What heeds its cancellation by returning has returned something.
    @Test func whatReturnsNeverthelessCounts() async throws {
        let time = ManualTime()
        let limit = TimeLimit(.seconds(10), time.environment)
        async let answer = limit.run {
            _ = try? await Self.endless()
            return 3
        }
        await time.untilSomebodySleeps(upTo: .seconds(10))
        time.advance(by: .seconds(10))
        #expect(try await answer == 3)
    }

    @Test func cancellingTheCallerCancelsTheOperation() async throws {
        let time = ManualTime()
        let limit = TimeLimit(.seconds(10), time.environment)
        let task = Task { try await limit.run(Self.endless) }
        await time.untilSomebodySleeps(upTo: .seconds(10))
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test func aClockThatIsSetBackCostsTheLimitOnceMore() async throws {
        let time = ManualTime()
        let limit = TimeLimit(.seconds(10), time.environment)
        async let answer = limit.run(Self.endless)
        await time.untilSomebodySleeps(upTo: .seconds(10))
        time.setBack(by: .seconds(3600))
        // The timer, which was to go off ten seconds after the start, does so although the clock is another.
        time.advance(by: .seconds(3610))
        time.setBack(by: .seconds(3600))
        await time.untilSomebodySleeps(upTo: .seconds(10))
        time.advance(by: .seconds(10))
        #expect(try await answer == nil)
    }

    @Test func manyAtOnceShareATimer() async throws {
        let time = ManualTime()
        let sleeps = Mutex(0)
        var environment = time.environment
        let sleep = environment.sleep
        environment.sleep = { span in
            sleeps.withLock { $0 += 1 }
            try await sleep(span)
        }
        let limit = TimeLimit(.seconds(10), environment)
        let sum = try await withThrowingTaskGroup(of: Int?.self) { group in
            for number in 0..<2000 {
                group.addTask {
                    try await limit.run {
                        await Task.yield()
                        return number
                    }
                }
            }
            return try await group.reduce(0) { $0 + ($1 ?? 0) }
        }
        #expect(sum == 1999 * 1000)
        #expect(sleeps.withLock { $0 } <= 1)
    }
}
