import CKernels
import Foundation
import Inference
import Testing

/// What a request yields depends on nothing but the request and the model: all comparisons are of bits.
struct BatchInvarianceTests {
    /// A way to compute.
    struct Setting: Sendable, CustomTestStringConvertible {
        var kernels: Kernels
        var compute: ComputeType
        var beam: Int

        var testDescription: String { "\(kernels.name), \(compute), beam \(beam)" }

        static let all: [Setting] = Kernels.available.flatMap { kernels in
            ComputeType.allCases.flatMap { compute in
                [1, 4].map { Setting(kernels: kernels, compute: compute, beam: $0) }
            }
        }
    }

    private static func engine(_ model: TransformerModel, _ kernels: Kernels, rows: Int, threads: Int = 1) throws
        -> InferenceEngine
    {
        var configuration = InferenceEngine.Configuration(threads: threads)
        configuration.maximumRows = rows
        return try InferenceEngine(model: model, configuration: configuration, kernels: kernels)
    }

    private static func alone(_ requests: [GenerationRequest], _ engine: InferenceEngine) async throws -> [[Hypothesis]]
    {
        var results: [[Hypothesis]] = []
        for request in requests { results.append(try await engine.generate([request])[0].hypotheses) }
        return results
    }

    private static func together(_ requests: [GenerationRequest], _ engine: InferenceEngine) async throws
        -> [[Hypothesis]]
    {
        try await engine.generate(requests).map(\.hypotheses)
    }

    /// Compares 64 requests alone with the same in batches of 7 and 64, in other orders, and on two threads.
    private func compare(_ model: TransformerModel, _ requests: [GenerationRequest], _ kernels: Kernels) async throws {
        let rows = requests.map(\.options.beamSize).max() ?? 1
        let expected = try await Self.alone(requests, Self.engine(model, kernels, rows: 1))
        for (batch, threads) in [(7, 1), (64, 1), (7, 2), (64, 2)] {
            let engine = try Self.engine(model, kernels, rows: batch * rows, threads: threads)
            #expect(try await Self.together(requests, engine) == expected, "batches of \(batch), \(threads) threads")
            let reversed = try await Self.together(requests.reversed(), engine)
            #expect(reversed.reversed() == expected, "reversed, batches of \(batch), \(threads) threads")
            var generator = SeededGenerator(seed: UInt64(batch))
            let order = requests.indices.shuffled(using: &generator)
            let shuffled = try await Self.together(order.map { requests[$0] }, engine)
            #expect(shuffled == order.map { expected[$0] }, "shuffled, batches of \(batch), \(threads) threads")
        }
    }

    @Test(arguments: Setting.all)
    func smallModel(setting: Setting) async throws {
        let model = try BatchModels.load(BatchModels.odd, setting.compute)
        var options = DecodingOptions()
        options.beamSize = setting.beam
        options.hypotheses = setting.beam
        options.maximumLength = 10
        options.noRepeatNgramSize = 1
        options.returnsAttention = true
        let requests = BatchModels.sources(64, of: model).map { GenerationRequest(source: $0, options: options) }
        try await compare(model, requests, setting.kernels)
    }

    @Test(arguments: ComputeType.allCases, [1, 4])
    func starter(compute: ComputeType, beam: Int) async throws {
        let model = try TestEngine.model(TestEngine.starter, compute)
        let golden = try Golden.starter.get().directions
        var options = DecodingOptions()
        options.beamSize = beam
        options.maximumLength = 12
        let requests = (0..<64).map { index in
            let direction = golden[index % golden.count]
            return GenerationRequest(source: direction.sources[index].map(Int32.init), options: options)
        }
        try await compare(model, requests, Kernels.selected())
    }

    /// Every request has options of its own.
    @Test(arguments: ComputeType.allCases)
    func mixedOptions(compute: ComputeType) async throws {
        let model = try BatchModels.load(BatchModels.odd, compute)
        let requests = BatchModels.sources(64, of: model, seed: 6).enumerated().map { index, source in
            var options = DecodingOptions()
            options.beamSize = 1 + index % 5
            options.hypotheses = 1 + index % options.beamSize
            options.lengthPenalty = [1, 0, 0.6][index % 3]
            options.coveragePenalty = index % 4 == 0 ? 0.2 : 0
            options.repetitionPenalty = index % 3 == 0 ? 1.3 : 1
            options.noRepeatNgramSize = index % 4
            options.maximumLength = 1 + index % 13
            options.minimumLength = index % 2 == 0 ? options.maximumLength / 2 : 0
            options.maximumLengthPerSourceToken = index % 7 == 0 ? 0.5 : nil
            options.allowsUnknown = index % 2 == 0
            options.returnsAttention = index % 3 == 1
            options.returnsScores = index % 5 != 0
            options.patience = index % 6 == 0 ? 2 : 1
            let prefix: [Int32] = [[], [7], [8, 9, 10]][index % 3]
            return GenerationRequest(source: source, prefix: prefix, options: options, priority: index % 3)
        }
        try await compare(model, requests, Kernels.selected())
    }

    @Test(arguments: ComputeType.allCases)
    func scores(compute: ComputeType) async throws {
        let model = try BatchModels.load(BatchModels.odd, compute)
        let targets = BatchModels.sources(40, of: model, seed: 8)
        let requests = zip(BatchModels.sources(40, of: model, seed: 7), targets).map {
            ScoringRequest(source: $0, target: $1)
        }
        let kernels = try Kernels.selected()
        var expected: [[Float]] = []
        let single = try Self.engine(model, kernels, rows: 1)
        for request in requests { expected += try await single.score([request]) }
        for (batch, threads) in [(7, 1), (64, 2)] {
            let engine = try Self.engine(model, kernels, rows: batch, threads: threads)
            #expect(try await engine.score(requests) == expected)
            // Searches in the same batch change nothing.
            async let searches = engine.generate(targets.map { GenerationRequest(source: $0) })
            #expect(try await engine.score(requests.reversed()) == expected.reversed())
            #expect(try await searches.count == targets.count)
        }
        for (request, values) in zip(requests, expected) { #expect(values.count == request.target.count + 1) }
    }

    @Test func tenThousandRequestsAtOnce_giveWhatEachGivesAlone() async throws {
        let model = try BatchModels.load("tiny", .int8)
        let engine = try InferenceEngine(model: model, configuration: .init(threads: 2))
        var options = DecodingOptions()
        options.maximumLength = 3
        let kinds = (0..<7).map { kind in
            GenerationRequest(source: Array(repeating: Int32(3 + kind), count: 1 + kind), options: options)
        }
        let expected = try await Self.alone(kinds, engine)
        let results = try await Self.together((0..<10_000).map { kinds[$0 % 7] }, engine)
        #expect(results.count == 10_000)
        #expect(results.enumerated().allSatisfy { $0.element == expected[$0.offset % 7] })
    }
}
