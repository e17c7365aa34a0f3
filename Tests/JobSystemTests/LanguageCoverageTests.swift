import Contracts
import Environment
import JobSystem
import Testing

/// Which languages a worker can do, and jobs that it cannot.
struct LanguageCoverageTests {
    static let coverages: [[JobLanguages]] = [
        [], [.init(source: "en", target: "es")],
        [.init(source: "en", target: "es"), .init(source: "es", target: "en"), .init(source: "en", target: "hi")],
        [.init(source: "a", target: "b"), .init(source: "a", target: "c"), .init(source: "b", target: "c")],
        [.init(source: "auto", target: "en"), .init(source: "auto", target: "es"), .init(source: "en", target: "es")],
    ]

    @Test(arguments: coverages)
    func blocksHoldExactlyThePairs(pairs: [JobLanguages]) {
        let coverage = LanguageCoverage(pairs)
        #expect(Set(coverage.pairs) == Set(pairs) && coverage.pairs.count == pairs.count)
        #expect(LanguageCoverage(coverage.pairs) == coverage)
        for source in ["a", "b", "c", "en", "es", "hi", "auto"] {
            for target in ["a", "b", "c", "en", "es", "hi"] where source != target {
                let languages = JobLanguages(source: source, target: target)
                #expect(coverage.contains(languages) == pairs.contains(languages))
                let written = JobLanguages(source: source.uppercased(), target: target.uppercased())
                #expect(coverage.contains(written) == pairs.contains(languages))
            }
        }
    }

    @Test func aHundredLanguagesAreOneBlock() {
        let codes = (0..<100).map { "l\($0)" }
        let pairs = codes.flatMap { a in codes.filter { $0 != a }.map { JobLanguages(source: a, target: $0) } }
        let coverage = LanguageCoverage(pairs + codes.map { JobLanguages(source: "auto", target: $0) })
        #expect(coverage.blocks.count == 1)
        #expect(coverage.blocks.first.map { $0.sources.count + $0.targets.count } == 201)
    }

    /// A handler that can do nothing.
    private static let refusing = SimulatedHandler { _ in
        throw JobRefusal(JobFailure(code: "model_missing", message: "There is no model for that.", isRetryable: true))
    }

    @Test func aRefusedJobIsLeftToAnotherWorkerAndHasNotFailed() async throws {
        try await JobWorld.with { world in
            let job = try await world.submit()
            let back = AsyncStream.makeStream(of: Job.self)
            let first = world.worker(Self.refusing, languages: [job.languages]) {
                if case .handedBack(let job, _) = $0 { back.continuation.yield(job) }
            }
            try await world.working(first) {
                var returned = back.stream.makeAsyncIterator()
                let refused = try #require(await returned.next())
                #expect(refused.stateMachine == JobStateMachine(state: .queued, attempt: 1))
                #expect(refused.availableAt > world.time.now, "whoever refused it would take it again")
            }
            world.time.advance(by: .seconds(60))
            try await world.working(world.worker(languages: [job.languages])) { try await world.untilEnded(job.id) }
            let ended = try #require(try await world.store.job(job.id))
            #expect(ended.state == .completed && ended.failures == 0 && ended.crashes == 0)
        }
    }

    @Test func aRefusalWhereThereIsNoOtherWorkerIsAFailure() async throws {
        try await JobWorld.with { world in
            let job = try await world.submit()
            try await world.working(world.worker(Self.refusing, limit: 1)) { try await world.untilEnded(job.id) }
            let ended = try #require(try await world.store.job(job.id))
            #expect(ended.state == .failed && ended.failure?.code == "model_missing")
        }
    }
}
