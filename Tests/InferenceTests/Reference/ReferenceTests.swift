import Foundation
import Inference
import Testing

/// The engine against CTranslate2's outputs, see `Golden/export.py`.
struct ReferenceTests {
    private static func generate(
        _ engine: InferenceEngine,
        _ sources: [[Int]],
        _ options: DecodingOptions,
        prefixes: [[Int]]? = nil
    ) async throws -> [GenerationResult] {
        try await engine.generate(
            sources.enumerated().map { index, source in
                GenerationRequest(
                    source: source.map(Int32.init),
                    prefix: (prefixes?[index] ?? []).map(Int32.init),
                    options: options
                )
            }
        )
    }

    @Test(arguments: 0..<4, [1, 4])
    func starterInFloat32(direction: Int, beam: Int) async throws {
        let golden = try Golden.starter.get()
        let engine = try TestEngine.make(Golden.repository.appending(path: golden.model), .float32, threads: 2)
        let expected = golden.directions[direction]
        var options = DecodingOptions()
        options.beamSize = beam
        options.maximumLength = golden.maxDecodingLength
        let results = try await Self.generate(engine, expected.sources, options)
        var agreement = Agreement()
        for (ours, reference) in zip(results, beam == 1 ? expected.float32.greedy : expected.float32.beam4) {
            agreement.add(ours.hypotheses[0], reference)
        }
        #expect(agreement.rate >= 0.995, "\(expected.source)-\(expected.target), beam \(beam): \(agreement)")
        #expect(agreement.scoreError < 1e-3)
    }

    @Test(arguments: 0..<2)
    func decodingOptions(direction: Int) async throws {
        let golden = try Golden.options.get()
        let engine = try TestEngine.make(Golden.repository.appending(path: golden.model), .float32, threads: 2)
        let expected = golden.directions[direction]
        for one in expected.cases {
            let options = DecodingOptions(one.options, maximumLength: golden.maxDecodingLength)
            let sources = Array(expected.sources.prefix(one.results.count))
            let prefixes = one.options.prefix == true ? expected.prefixes : nil
            let results = try await Self.generate(engine, sources, options, prefixes: prefixes)
            var agreement = Agreement()
            for (ours, reference) in zip(results, one.results) {
                #expect(ours.hypotheses.count == reference.count, "\(one.name)")
                for (a, b) in zip(ours.hypotheses, reference) { agreement.add(a, b) }
            }
            // A tie in the last bits may fall the other way on one of twenty lines.
            #expect(agreement.lines - agreement.identical <= 1, "\(one.name): \(agreement)")
            #expect(agreement.scoreError < 1e-3, "\(one.name)")
            #expect(agreement.attentionError < 1e-3, "\(one.name)")
        }
    }

    @Test(arguments: 0..<5)
    func transliterationModels(index: Int) async throws {
        let golden = try Golden.transliteration.get()
        let expected = golden.models[index]
        let engine = try TestEngine.make(Golden.repository.appending(path: expected.path), .float32)
        for (beam, outputs) in [(1, expected.greedy), (4, expected.beam4)] {
            var options = DecodingOptions()
            options.beamSize = beam
            options.maximumLength = golden.maxDecodingLength
            var agreement = Agreement()
            for (ours, reference) in zip(try await Self.generate(engine, golden.sources, options), outputs) {
                agreement.add(ours.hypotheses[0], reference)
            }
            #expect(agreement.identical == agreement.lines, "\(expected.path), beam \(beam): \(agreement)")
            #expect(agreement.scoreError < 1e-3)
        }
    }

    @Test(arguments: 0..<13)
    func randomModels(index: Int) async throws {
        let golden = try Golden.random.get()
        let expected = golden.models[index]
        let folder = FileManager.default.temporaryDirectory.appending(path: "random-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        try RandomModelWriter.write(expected.manifest, to: folder)
        let engine = try TestEngine.make(folder, .float32)
        let requests = expected.pairs.map {
            ScoringRequest(source: $0.source.map(Int32.init), target: $0.target.map(Int32.init))
        }
        for (ours, reference) in zip(try await engine.score(requests), expected.float32.logProbs) {
            #expect(ours.count == reference.count)
            for (a, b) in zip(ours, reference) { #expect(abs(Double(a) - b) < 1e-3, "\(expected.manifest.name)") }
        }
        try await compareGreedy(engine, expected, length: golden.greedyLength)
    }

    private func compareGreedy(_ engine: InferenceEngine, _ expected: Golden.RandomFile.Model, length: Int) async throws
    {
        for allowsUnknown in [true, false] {
            var options = DecodingOptions()
            options.beamSize = 1
            options.minimumLength = length
            options.maximumLength = length
            options.allowsUnknown = allowsUnknown
            let outputs = allowsUnknown ? expected.float32.greedy : expected.float32.greedyKnown
            let sources = expected.pairs.prefix(outputs.count).map(\.source)
            for (ours, reference) in zip(try await Self.generate(engine, sources, options), outputs) {
                // Where the best two logits are this close, rounding may choose the other one.
                if (reference.margin ?? 1) < 1e-4 { continue }
                #expect(ours.hypotheses[0].tokens.map(Int.init) == reference.tokens, "\(expected.manifest.name)")
                #expect(abs(Double(ours.hypotheses[0].score) - reference.score) < 1e-3)
            }
        }
    }
}
