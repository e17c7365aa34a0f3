import Foundation
import Inference
import Testing

/// Int8 arithmetic against the reference's own: both round activations, each where it sees fit, so that close decisions
/// may fall differently.
struct IntegerReferenceTests {
    @Test func greedyOutputsOfTheStarter_areTheReferencesWithFewExceptions() async throws {
        let golden = try Golden.starter.get()
        let engine = try TestEngine.make(Golden.repository.appending(path: golden.model), .int8, threads: 2)
        var options = DecodingOptions()
        options.beamSize = 1
        options.maximumLength = golden.maxDecodingLength
        var agreement = Agreement()
        var withFloat = Agreement(); var table: [(Double, Bool)] = []
        for direction in golden.directions {
            let requests = direction.sources.map { GenerationRequest(source: $0.map(Int32.init), options: options) }
            for (ours, reference) in zip(try await engine.generate(requests), direction.int8.greedy) {
                agreement.add(ours.hypotheses[0], reference)
                table.append((reference.margin ?? 0, ours.hypotheses[0].tokens.map(Int.init) == reference.tokens))
            }
            for (ours, reference) in zip(try await engine.generate(requests), direction.float32.greedy) { withFloat.add(ours.hypotheses[0], reference) }
        }
        print("int8 against the reference's int8: \(agreement)")
        print("with float \(withFloat)")
        for t in [0, 0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.5] { let x = table.filter { $0.0 >= t }; print("margin", t, x.count, Double(x.filter(\.1).count) / Double(x.count)) }
        #expect(agreement.lines == 1200)
        #expect(agreement.rate >= 0.97, "\(agreement)")
    }
}
