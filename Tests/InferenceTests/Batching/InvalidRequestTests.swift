import Foundation
import Inference
import Testing

/// Requests that cannot be carried out are refused in words, before anything runs.
struct InvalidRequestTests {
    /// A mistake, and words that the refusal must hold.
    struct Mistake: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var words: [String]
        var make: @Sendable (inout GenerationRequest) -> Void

        init(_ description: String, _ words: String..., make: @escaping @Sendable (inout GenerationRequest) -> Void) {
            testDescription = description
            self.words = words
            self.make = make
        }
    }

    private static let mistakes: [Mistake] = [
        Mistake("an empty source", "source is empty") { $0.source = [] },
        Mistake("a source too long", "source", "1025 tokens", "1 to 1024") {
            $0.source = Array(repeating: 3, count: 1024)
        },
        Mistake("a huge source", "source", "1000001") { $0.source = Array(repeating: 3, count: 1_000_000) },
        Mistake("a negative id", "source", "-1", "0 to 9") { $0.source = [3, -1] },
        Mistake("an id too large", "source", "10", "0 to 9") { $0.source = [10] },
        Mistake("the largest id", "source", "2147483647") { $0.source = [.max] },
        Mistake("a wrong id in the prefix", "prefix", "-2147483648") { $0.prefix = [.min] },
        Mistake("a beam of 0", "beam", "0", "1 to 64") { $0.options.beamSize = 0 },
        Mistake("a beam of 65", "beam", "65", "1 to 64") { $0.options.beamSize = 65 },
        Mistake("a beam beyond all", "beam", "1 to 64") { $0.options.beamSize = .max },
        Mistake("a negative beam", "beam", "1 to 64") { $0.options.beamSize = .min },
        Mistake("no hypotheses", "hypotheses", "1 to 2") { $0.options.hypotheses = 0 },
        Mistake("more hypotheses than beams", "3 hypotheses", "1 to 2") { $0.options.hypotheses = 3 },
        Mistake("no patience", "patience", "0.0") { $0.options.patience = 0 },
        Mistake("endless patience", "patience", "inf") { $0.options.patience = .infinity },
        Mistake("patience that is no number", "patience", "nan") { $0.options.patience = .nan },
        Mistake("a maximum of 0", "maximum length", "0") { $0.options.maximumLength = 0 },
        Mistake("a negative maximum", "maximum length", "-7") { $0.options.maximumLength = -7 },
        Mistake("a minimum above the maximum", "minimum length", "9", "8") { request in
            request.options.minimumLength = 9
            request.options.maximumLength = 8
        },
        Mistake("a negative minimum", "minimum length", "-1") { $0.options.minimumLength = -1 },
        Mistake("a repetition penalty of 0", "repetition penalty", "0.0") { $0.options.repetitionPenalty = 0 },
        Mistake("a repetition penalty that is no number", "repetition") { $0.options.repetitionPenalty = .nan },
        Mistake("a negative n-gram", "n-gram", "-1") { $0.options.noRepeatNgramSize = -1 },
        Mistake("a length penalty that is no number", "length penalty", "nan") { $0.options.lengthPenalty = .nan },
        Mistake("a coverage penalty without end", "coverage penalty", "-inf") {
            $0.options.coveragePenalty = -.infinity
        },
        Mistake("a negative length per token", "per source token", "-1.0") {
            $0.options.maximumLengthPerSourceToken = -1
        },
        Mistake("an endless length per token", "per source token") {
            $0.options.minimumLengthPerSourceToken = .infinity
        },
        Mistake("a length per token that is no number", "per source token", "nan") { request in
            request.options.minimumLengthPerSourceToken = .nan
        },
    ]

    @Test(arguments: mistakes)
    func mistake(mistake: Mistake) async throws {
        let engine = try InferenceEngine(model: BatchModels.load("tiny", .int8))
        var request = GenerationRequest(source: [3, 4])
        mistake.make(&request)
        let error = await #expect(throws: InferenceError.self) {
            // The good ones beside it are not carried out either.
            try await engine.generate([GenerationRequest(source: [3]), request, GenerationRequest(source: [3])])
        }
        #expect(error?.code == .invalidRequest)
        for word in mistake.words { #expect(error?.message.contains(word) == true, "\(error?.message ?? "")") }
    }

    @Test(
        arguments: [
            ([], [3], "source"), ([10], [3], "source"), ([3], [10], "target"), ([3], [-1], "target"),
            ([3], Array(repeating: 3, count: 1024), "1025 tokens"),
        ] as [([Int32], [Int32], String)]
    )
    func scoringMistake(source: [Int32], target: [Int32], word: String) async throws {
        let engine = try InferenceEngine(model: BatchModels.load("tiny", .int8))
        let error = await #expect(throws: InferenceError.self) {
            try await engine.score([ScoringRequest(source: source, target: target)])
        }
        #expect(error?.code == .invalidRequest)
        #expect(error?.message.contains(word) == true)
    }

    @Test(arguments: [(0, 4), (-1, 4), (1025, 4), (1, 0), (1, -3), (1, .max)])
    func impossibleConfiguration_isRefused(threads: Int, rows: Int) throws {
        let model = try BatchModels.load("tiny", .int8)
        var configuration = InferenceEngine.Configuration(threads: threads)
        configuration.maximumRows = rows
        let error = #expect(throws: InferenceError.self) {
            try InferenceEngine(model: model, configuration: configuration)
        }
        #expect(error?.code == .invalidRequest)
        #expect(error?.message.contains("expected 1 to") == true)
    }

    @Test(arguments: [-1, 1025])
    func impossibleNumberOfUrgentThreads_isRefused(threads: Int) throws {
        let model = try BatchModels.load("tiny", .int8)
        var configuration = InferenceEngine.Configuration()
        configuration.urgentThreads = threads
        let error = #expect(throws: InferenceError.self) {
            try InferenceEngine(model: model, configuration: configuration)
        }
        #expect(error?.code == .invalidRequest)
        #expect(error?.message == "\(threads) urgent threads are asked for, expected 0 to 1024.")
    }

    @Test func noRequests_giveNoResults() async throws {
        let engine = try InferenceEngine(model: BatchModels.load("tiny", .int8))
        #expect(try await engine.generate([]).isEmpty)
        #expect(try await engine.score([]).isEmpty)
    }

    @Test func emptyTarget_isScoredByItsEnd() async throws {
        let engine = try InferenceEngine(model: BatchModels.load("tiny", .int8))
        let values = try await engine.score([ScoringRequest(source: [3], target: [])])
        #expect(values.map(\.count) == [1])
        #expect(values[0][0].isFinite && values[0][0] < 0)
    }

    @Test func modelWithoutStartToken_needsAPrefix() async throws {
        let folder = try HostileFolder(ModelFile.tiny(.int8))
        try folder.write(Data(#"{"add_source_eos": true, "decoder_start_token": null}"#.utf8), "config.json")
        var options = TransformerModel.Options()
        options.cacheFolder = nil
        let engine = try InferenceEngine(model: TransformerModel(directory: folder.path, options: options))
        let error = await #expect(throws: InferenceError.self) {
            try await engine.generate([GenerationRequest(source: [3])])
        }
        #expect(error?.message.contains("start token") == true)
        await #expect(throws: InferenceError.self) { try await engine.score([ScoringRequest(source: [3], target: [])]) }
        #expect(try await engine.generate([GenerationRequest(source: [3], prefix: [5])]).count == 1)
    }
}
