import Foundation
import Inference
import Testing

/// Several models on the same threads. Where work is queued for many minutes, a test that had to wait for it would run into
/// its time limit.
@Suite(.timeLimit(.minutes(20)))
struct ComputePoolTests {
    private static func pool(threads: Int = 1, urgentThreads: Int = 0, rows: Int = 8) throws -> ComputePool {
        var configuration = ComputePool.Configuration(threads: threads)
        configuration.urgentThreads = urgentThreads
        configuration.maximumRows = rows
        return try ComputePool(configuration)
    }

    private static func requests(_ model: TransformerModel, _ count: Int, seed: UInt64) -> [GenerationRequest] {
        BatchModels.sources(count, of: model, seed: seed).enumerated().map { index, source in
            var options = DecodingOptions()
            options.beamSize = 1 + index % 3
            options.maximumLength = 2 + index % 11
            return GenerationRequest(source: source, options: options, priority: index % 4)
        }
    }

    /// All comparisons are of bits.
    @Test(arguments: [(1, 4), (1, 24), (2, 8), (3, 6)])
    func whatRunsBeside_changesNoResult(threads: Int, rows: Int) async throws {
        let models = try [BatchModels.load("tiny", .int8), BatchModels.load(BatchModels.odd, .int8)]
        let requests = models.enumerated().map { Self.requests($0.element, 60, seed: UInt64($0.offset)) }
        var alone: [[[Hypothesis]]] = []
        for (model, own) in zip(models, requests) {
            alone.append(try await InferenceEngine(model: model).generate(own).map(\.hypotheses))
        }
        let pool = try Self.pool(threads: threads, rows: rows)
        let engines = models.map { InferenceEngine(model: $0, pool: pool) }
        async let first = engines[0].generate(requests[0])
        async let second = engines[1].generate(requests[1])
        #expect(try await first.map(\.hypotheses) == alone[0])
        #expect(try await second.map(\.hypotheses) == alone[1])
        let (own, all) = (engines.map(\.statistics), pool.statistics)
        #expect(own[0].rows > 0 && own[1].rows > 0 && own[0].rows + own[1].rows == all.rows)
    }

    /// What is due first goes first, whichever model it is for.
    @Test(arguments: [4, 24])
    func workForOneModel_doesNotHoldUpWhatIsDueEarlierForAnother(rows: Int) async throws {
        let pool = try Self.pool(rows: rows)
        let busy = InferenceEngine(model: try BatchModels.load("tiny", .int8), pool: pool)
        let other = InferenceEngine(model: try BatchModels.load(BatchModels.odd, .int8), pool: pool)
        let expected = try await other.generate([BatchModels.brief()])[0].hypotheses
        let work = Task { try await busy.generate(BatchModels.endless(4_000, of: busy.model, length: 100)) }
        for _ in 0..<5 {
            #expect(try await other.generate([BatchModels.brief(priority: 1)])[0].hypotheses == expected)
        }
        work.cancel()
        _ = await work.result
    }

    /// A crowd of equals for one model takes no more than its turns.
    @Test func equalsGoInTheOrderOfTheirArrival_acrossModels() async throws {
        let pool = try Self.pool(rows: 4)
        let models = try ["tiny", BatchModels.odd].map { try BatchModels.load($0, .int8) }
        let engines = models.map { InferenceEngine(model: $0, pool: pool) }
        let crowd = Task {
            for _ in 0..<1_000_000 where !Task.isCancelled {
                _ = try await engines[0].generate(Array(repeating: BatchModels.brief(), count: 50))
            }
        }
        for _ in 0..<20 { #expect(try await engines[1].generate([BatchModels.brief()]).count == 1) }
        crowd.cancel()
        _ = await crowd.result
    }

    @Test(arguments: [false, true])
    func urgentRequests_overtakeOtherModels(isUrgentModelNew: Bool) async throws {
        let pool = try Self.pool(urgentThreads: 1, rows: 32)
        let busy = InferenceEngine(model: try BatchModels.load("tiny", .int8), pool: pool)
        let work = Task { try await busy.generate(BatchModels.endless(4_000, of: busy.model, priority: 9)) }
        let other = InferenceEngine(model: try BatchModels.load(BatchModels.odd, .int8), pool: pool)
        var request = BatchModels.brief()
        request.isUrgent = true
        let engine = isUrgentModelNew ? other : busy
        for _ in 0..<5 { #expect(try await engine.generate([request]).count == 1) }
        work.cancel()
        _ = await work.result
    }

    @Test func shutDownEngine_failsItsOwnRequestsOnly() async throws {
        let pool = try Self.pool(rows: 64)
        let ending = InferenceEngine(model: try BatchModels.load("tiny", .int8), pool: pool)
        let staying = InferenceEngine(model: try BatchModels.load(BatchModels.odd, .int8), pool: pool)
        let work = Task { try await ending.generate(BatchModels.endless(400, of: ending.model, length: 100)) }
        async let other = staying.generate(Array(repeating: BatchModels.brief(), count: 20))
        // The work is at it, or about to be queued; either way it fails.
        _ = try await ending.generate([BatchModels.brief(priority: 9)])
        ending.shutDown()
        let error = await #expect(throws: InferenceError.self) { try await work.value }
        #expect(error?.code == .cancelled)
        #expect(try await other.count == 20)
        let late = await #expect(throws: InferenceError.self) { try await ending.generate([BatchModels.brief()]) }
        #expect(late?.code == .cancelled)
        #expect(try await staying.generate([BatchModels.brief()]).count == 1)
    }

    /// Threads that have nothing to do let go of a model too.
    @Test(arguments: [0, 2])
    func releasedEngine_leavesNothingBehind(urgentThreads: Int) async throws {
        let pool = try Self.pool(threads: 2, urgentThreads: urgentThreads)
        weak var model: TransformerModel?
        do {
            let engine = InferenceEngine(model: try BatchModels.load("tiny", .int8), pool: pool)
            let requests = Array(repeating: BatchModels.brief(), count: 20).enumerated().map { index, request in
                var request = request
                request.isUrgent = index % 2 == 0
                return request
            }
            _ = try await engine.generate(requests)
            #expect(engine.memoryBytes > engine.model.weightBytes)
            model = engine.model
        }
        while model != nil { await Task.yield() }
    }

    @Test func releasedPool_endsTheRequestsOfItsEngines() async throws {
        let model = try BatchModels.load("tiny", .int8)
        let pool = try Self.pool()
        let engine = InferenceEngine(model: model, pool: pool)
        let work = Task { try await engine.generate(BatchModels.endless(400, of: model, length: 100)) }
        _ = try await engine.generate([BatchModels.brief(priority: 1)])
        pool.shutDown()
        await #expect(throws: InferenceError.self) { try await work.value }
    }
}
