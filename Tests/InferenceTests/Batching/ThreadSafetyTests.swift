import Foundation
import Inference
import Testing

/// Everything that several threads do at once, on models small enough for a build that checks every access:
/// `swift test --sanitize=thread --filter ThreadSafetyTests`.
@Suite(.timeLimit(.minutes(20)))
struct ThreadSafetyTests {
    @Test func manyCallers_shareAnEngine() async throws {
        let engine = try InferenceEngine(model: BatchModels.load("tiny", .int8), configuration: .init(threads: 3))
        let expected = try await engine.generate([BatchModels.brief()])[0].hypotheses
        try await withThrowingTaskGroup(of: Void.self) { group in
            for caller in 0..<16 {
                group.addTask {
                    let request = BatchModels.brief(priority: caller % 3)
                    for result in try await engine.generate(Array(repeating: request, count: 20)) {
                        #expect(result.hypotheses == expected)
                    }
                    _ = try await engine.score([ScoringRequest(source: [3], target: [4, 5])])
                }
            }
            try await group.waitForAll()
        }
    }

    @Test func engines_shareAModel() async throws {
        let model = try BatchModels.load(BatchModels.odd, .int8)
        let results = try await withThrowingTaskGroup(of: [Hypothesis].self) { group in
            for _ in 0..<4 {
                group.addTask {
                    try await InferenceEngine(model: model).generate([BatchModels.brief()])[0].hypotheses
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(results.allSatisfy { $0 == results[0] })
    }

    @Test func cancellations_meetCompletions() async throws {
        let engine = try InferenceEngine(model: BatchModels.load("tiny", .int8), configuration: .init(threads: 2))
        for round in 0..<12 {
            let task = Task { try await engine.generate(Array(repeating: BatchModels.brief(), count: 4)) }
            for _ in 0..<round { await Task.yield() }
            task.cancel()
            switch await task.result {
            case .success(let results): #expect(results.count == 4)
            case .failure(let error): #expect((error as? InferenceError)?.code == .cancelled)
            }
        }
        #expect(try await engine.generate([BatchModels.brief()]).count == 1)
    }

    @Test func shutDowns_meetRequests() async throws {
        let model = try BatchModels.load("tiny", .int8)
        for round in 0..<10 {
            let engine = try InferenceEngine(model: model, configuration: .init(threads: 2))
            let task = Task { try await engine.generate(Array(repeating: BatchModels.brief(), count: 8)) }
            for _ in 0..<round { await Task.yield() }
            engine.shutDown()
            switch await task.result {
            case .success(let results): #expect(results.count == 8)
            case .failure(let error): #expect((error as? InferenceError)?.code == .cancelled)
            }
        }
    }

    @Test func models_comeAndGoOnASharedPool() async throws {
        var configuration = ComputePool.Configuration(threads: 2)
        configuration.urgentThreads = 1
        let pool = try ComputePool(configuration)
        let models = try ["tiny", BatchModels.odd].map { try BatchModels.load($0, .int8) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for caller in 0..<8 {
                group.addTask {
                    for round in 0..<6 {
                        let engine = InferenceEngine(model: models[(caller + round) % 2], pool: pool)
                        var request = BatchModels.brief(priority: caller % 3)
                        request.isUrgent = caller % 4 == 0
                        _ = try await engine.generate(Array(repeating: request, count: 5))
                        if round % 2 == 0 { engine.shutDown() }
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    @Test func loads_shareACacheFolder() async throws {
        let folder = try HostileFolder(ModelFile.tiny(.int8))
        let path = folder.path
        let fingerprints = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<6 {
                group.addTask {
                    var options = TransformerModel.Options()
                    options.cacheFolder = path + "/cache"
                    return try TransformerModel(directory: path, options: options).fingerprint
                }
            }
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(fingerprints.count == 1)
    }
}
