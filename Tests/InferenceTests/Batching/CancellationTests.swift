import Foundation
import Inference
import Testing

/// Requests that are withdrawn, overtaken, or outlive their engine. Work for many minutes is queued everywhere, so that
/// a test which had to wait for it would run into its time limit.
@Suite(.timeLimit(.minutes(20)))
struct CancellationTests {
    private typealias Work = Task<[GenerationResult], any Error>

    private static let plenty = 4_000

    private static func code(of task: Work) async -> InferenceError.Code? {
        if case .failure(let error) = await task.result { return (error as? InferenceError)?.code }
        return nil
    }

    /// Starts work for minutes in a task and returns once that is about to be queued.
    private static func occupy(_ engine: InferenceEngine, length: Int? = nil, priority: Int = 0) async -> Work {
        let (stream, started) = AsyncStream.makeStream(of: Void.self)
        let requests = BatchModels.endless(plenty, of: engine.model, length: length, priority: priority)
        let task = Task {
            started.finish()
            return try await engine.generate(requests)
        }
        for await _ in stream {}
        return task
    }

    @Test(arguments: [1, 2])
    func cancelledTask_endsWhileOthersFinish(threads: Int) async throws {
        let engine = try InferenceEngine(
            model: BatchModels.load("tiny", .int8),
            configuration: .init(threads: threads)
        )
        let expected = try await engine.generate([BatchModels.brief()])[0].hypotheses
        let work = await Self.occupy(engine)
        async let other = engine.generate([BatchModels.brief(), BatchModels.brief()])
        work.cancel()
        #expect(await Self.code(of: work) == .cancelled)
        #expect(try await other.map(\.hypotheses) == [expected, expected])
    }

    @Test func cancelledScores_end() async throws {
        let engine = try InferenceEngine(model: BatchModels.load("tiny", .int8))
        let requests = Array(
            repeating: ScoringRequest(source: [3], target: Array(repeating: 4, count: 900)),
            count: Self.plenty
        )
        let work = Task { try await engine.score(requests) }
        _ = try await engine.generate([BatchModels.brief(priority: 1)])
        work.cancel()
        let error = await #expect(throws: InferenceError.self) { try await work.value }
        #expect(error?.code == .cancelled)
    }

    @Test func taskCancelledBeforehand_endsAtOnce() async throws {
        let engine = try InferenceEngine(model: BatchModels.load("tiny", .int8))
        let work = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await engine.generate(BatchModels.endless(Self.plenty, of: engine.model))
        }
        #expect(await Self.code(of: work) == .cancelled)
        #expect(try await engine.generate([BatchModels.brief()]).count == 1)
    }

    @Test func allTasksCancelled_leaveAWorkingEngine() async throws {
        let engine = try InferenceEngine(model: BatchModels.load("tiny", .int8), configuration: .init(threads: 2))
        for _ in 0..<5 {
            var tasks: [Work] = []
            for _ in 0..<4 { tasks.append(await Self.occupy(engine)) }
            for task in tasks { task.cancel() }
            for task in tasks { #expect(await Self.code(of: task) == .cancelled) }
        }
        #expect(try await engine.generate([BatchModels.brief()]).count == 1)
    }

    @Test func shutDown_failsWhatRunsAndWhatComes() async throws {
        let engine = try InferenceEngine(model: BatchModels.load("tiny", .int8), configuration: .init(threads: 2))
        let work = [await Self.occupy(engine, length: 100), await Self.occupy(engine, length: 100, priority: 3)]
        _ = try await engine.generate([BatchModels.brief(priority: 9)])
        engine.shutDown()
        for task in work {
            let error = await #expect(throws: InferenceError.self) { try await task.value }
            #expect(error?.code == .cancelled)
            #expect(error?.message.contains("shut down") == true)
        }
        let late = await #expect(throws: InferenceError.self) { try await engine.generate([BatchModels.brief()]) }
        #expect(late?.code == .cancelled)
        engine.shutDown()
    }

    @Test func engineHeldByItsRequestOnly_finishesIt() async throws {
        let model = try BatchModels.load("tiny", .int8)
        let results = try await InferenceEngine(model: model).generate([BatchModels.brief()])
        #expect(results.count == 1)
    }

    /// The threads hold the model: it goes when they have ended.
    @Test(arguments: [1, 4])
    func releasedEngine_endsItsThreads(threads: Int) async throws {
        weak var model: TransformerModel?
        weak var engine: InferenceEngine?
        do {
            let loaded = try BatchModels.load("tiny", .int8)
            let running = try InferenceEngine(model: loaded, configuration: .init(threads: threads))
            _ = try await running.generate(Array(repeating: BatchModels.brief(), count: 10))
            (model, engine) = (loaded, running)
        }
        #expect(engine == nil)
        while model != nil { await Task.yield() }
    }

    @Test func shutDownEngine_endsItsThreads() async throws {
        weak var model: TransformerModel?
        do {
            let loaded = try BatchModels.load("tiny", .int8)
            let engine = try InferenceEngine(model: loaded, configuration: .init(threads: 3))
            let work = await Self.occupy(engine)
            engine.shutDown()
            #expect(await Self.code(of: work) == .cancelled)
            model = loaded
        }
        while model != nil { await Task.yield() }
    }

    @Test func higherPriority_overtakesWhatWaits() async throws {
        var configuration = InferenceEngine.Configuration(threads: 1)
        configuration.maximumRows = 4
        let engine = try InferenceEngine(model: BatchModels.load("tiny", .int8), configuration: configuration)
        // One at a time fills the batch, so that who overtakes waits for one of these.
        let low = await Self.occupy(engine, length: 100, priority: -5)
        let middle = await Self.occupy(engine, length: 100, priority: 0)
        // The first may come before the work is queued; not so all of them.
        for _ in 0..<4 { #expect(try await engine.generate([BatchModels.brief(priority: 1)]).count == 1) }
        middle.cancel()
        #expect(await Self.code(of: middle) == .cancelled)
        #expect(try await engine.generate([BatchModels.brief(priority: -4)]).count == 1)
        low.cancel()
        #expect(await Self.code(of: low) == .cancelled)
    }

    @Test func manyPriorities_areAllServed() async throws {
        let engine = try InferenceEngine(model: BatchModels.load("tiny", .int8))
        let requests =
            (0..<2000).map { BatchModels.brief(priority: $0 % 2 == 0 ? $0 : -$0) }
            + [BatchModels.brief(priority: .max), BatchModels.brief(priority: .min)]
        #expect(try await engine.generate(requests).count == 2002)
    }
}
