import Foundation
import Inference
import Testing

/// Requests that somebody waits for, beside work for many minutes: a test that had to wait for that work would run into
/// its time limit.
@Suite(.timeLimit(.minutes(20)))
struct UrgentRequestTests {
    private static func engine(rows: Int, threads: Int = 1, urgentThreads: Int = 1) throws -> InferenceEngine {
        var configuration = InferenceEngine.Configuration(threads: threads)
        configuration.urgentThreads = urgentThreads
        configuration.maximumRows = rows
        return try InferenceEngine(model: BatchModels.load("tiny", .int8), configuration: configuration)
    }

    private static func urgent(_ request: GenerationRequest) -> GenerationRequest {
        var request = request
        request.isUrgent = true
        return request
    }

    @Test(arguments: [1, 2])
    func fullBatch_doesNotHoldUpAnUrgentRequest(threads: Int) async throws {
        let engine = try Self.engine(rows: 32, threads: threads)
        let expected = try await engine.generate([BatchModels.brief()])[0].hypotheses
        let work = Task { try await engine.generate(BatchModels.endless(4_000, of: engine.model, priority: 9)) }
        for _ in 0..<20 {
            let answer = try await engine.generate([Self.urgent(BatchModels.brief())])[0].hypotheses
            #expect(answer == expected)
        }
        work.cancel()
        _ = await work.result
    }

    @Test(arguments: [0, 1])
    func urgencyChangesNoResult(urgentThreads: Int) async throws {
        let engine = try Self.engine(rows: 8, urgentThreads: urgentThreads)
        var options = DecodingOptions()
        options.beamSize = 2
        options.maximumLength = 30
        let requests = BatchModels.sources(48, of: engine.model).map { GenerationRequest(source: $0, options: options) }
        let expected = try await engine.generate(requests).map(\.hypotheses)
        let mixed = requests.enumerated().map { $0.offset % 5 == 0 ? Self.urgent($0.element) : $0.element }
        #expect(try await engine.generate(mixed).map(\.hypotheses) == expected)
    }

    @Test func withoutThreadsOfTheirOwn_urgentRequestsGoByTheirPriority() async throws {
        let engine = try Self.engine(rows: 8, urgentThreads: 0)
        let work = Task { try await engine.generate(BatchModels.endless(400, of: engine.model, priority: 1)) }
        var request = Self.urgent(BatchModels.brief())
        request.priority = 2
        let answer = try await engine.generate([request])
        #expect(!answer[0].hypotheses.isEmpty)
        work.cancel()
        _ = await work.result
    }

    @Test func shutDown_endsUrgentRequestsToo() async throws {
        let engine = try Self.engine(rows: 8)
        let requests = BatchModels.endless(200, of: engine.model).map { Self.urgent($0) }
        let work = Task { try await engine.generate(requests) }
        try await Task.sleep(for: .milliseconds(20))
        engine.shutDown()
        await #expect(throws: InferenceError.self) { try await work.value }
        await #expect(throws: InferenceError.self) {
            try await engine.generate([Self.urgent(BatchModels.brief())])
        }
    }

    @Test func streamOfUrgentRequests_doesNotStarveOthers() async throws {
        let engine = try Self.engine(rows: 8)
        var options = DecodingOptions()
        options.minimumLength = 20
        options.maximumLength = 20
        let slow = GenerationRequest(source: [3, 4, 5], options: options)
        let crowd = (0..<4).map { _ in
            Task { while !Task.isCancelled { _ = try await engine.generate([Self.urgent(slow)]) } }
        }
        _ = try await engine.generate(Array(repeating: slow, count: 24))
        for task in crowd { task.cancel() }
        for task in crowd { _ = await task.result }
    }
}
