import Foundation
import Inference

/// One measurement's work: `batch` random sources, translated together, every output of the same length.
struct BenchLoad {
    var batch: Int
    var beam: Int
    /// Tokens of each source, its end included.
    var sourceTokens: Int
    var targetTokens: Int
    var seed: UInt64 = 7

    /// Token t of source b is 300 + z % (vocabulary − 300), z being SplitMix64's output for the state
    /// seed + (b · (sourceTokens − 1) + t + 1) · 0x9E3779B97F4A7C15; the end token is added by the engine.
    func requests(for model: TransformerModel) -> [GenerationRequest] {
        var options = DecodingOptions()
        options.beamSize = beam
        options.minimumLength = targetTokens
        options.maximumLength = targetTokens
        options.returnsScores = false
        let low: UInt64 = 300
        let range = UInt64(max(model.sourceVocabulary.count - Int(low), 1))
        return (0..<batch).map { source in
            let ids = (0..<sourceTokens - 1).map { token in
                let index = UInt64(source * (sourceTokens - 1) + token + 1)
                return Int32(low + Self.splitMix(seed &+ index &* 0x9E37_79B9_7F4A_7C15) % range)
            }
            return GenerationRequest(source: ids, options: options)
        }
    }

    private static func splitMix(_ state: UInt64) -> UInt64 {
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// Runs the load once unmeasured, then again and again; the median seconds of a run.
    func run(on engine: InferenceEngine, forAtLeast duration: Duration) async throws -> Double {
        let requests = requests(for: engine.model)
        _ = try await engine.generate(requests)
        var times: [Double] = []
        let start = ContinuousClock.now
        while times.count < 5 || ContinuousClock.now - start < duration {
            let begin = ContinuousClock.now
            _ = try await engine.generate(requests)
            times.append((ContinuousClock.now - begin).seconds)
        }
        return times.sorted()[times.count / 2]
    }
}
