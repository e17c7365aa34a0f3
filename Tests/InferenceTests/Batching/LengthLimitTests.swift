import Foundation
import Inference
import Testing

/// Limits on the length, absolute and relative to the source.
struct LengthLimitTests {
    /// Limits, the source's tokens (without the end token that the model adds), and the length they must lead to where
    /// the shortest or the longest allowed is asked for.
    struct Limits: Sendable, CustomTestStringConvertible {
        var source: Int
        var minimum = 0
        var maximum = 200
        var minimumPerToken: Float?
        var maximumPerToken: Float?
        var expected: Int

        var testDescription: String { "\(source) tokens to \(expected)" }
    }

    /// An end that can hardly be kept from coming, or hardly comes.
    private func lengths(_ limits: Limits, endBias: Float, beam: Int) async throws -> [Int] {
        var file = ModelFile.tiny(.float32)
        let end = 2
        file["decoder/projection/bias"]?.data
            .replaceSubrange(end * 4..<end * 4 + 4, with: withUnsafeBytes(of: endBias.bitPattern, Array.init))
        var options = TransformerModel.Options(compute: .float32)
        options.cacheFolder = nil
        let folder = try HostileFolder(file)
        let model = try withExtendedLifetime(folder) { try TransformerModel(directory: folder.path, options: options) }
        let engine = try InferenceEngine(model: model)
        var decoding = DecodingOptions()
        decoding.beamSize = beam
        decoding.minimumLength = limits.minimum
        decoding.maximumLength = limits.maximum
        decoding.minimumLengthPerSourceToken = limits.minimumPerToken
        decoding.maximumLengthPerSourceToken = limits.maximumPerToken
        let request = GenerationRequest(source: Array(repeating: 4, count: limits.source), options: decoding)
        return try await engine.generate([request])[0].hypotheses.map(\.tokens.count)
    }

    @Test(
        arguments: [
            Limits(source: 5, maximum: 7, expected: 7), Limits(source: 5, maximum: 1, expected: 1),
            Limits(source: 9, maximumPerToken: 2, expected: 30), Limits(source: 3, maximumPerToken: 0, expected: 10),
            Limits(source: 9, maximum: 15, maximumPerToken: 2, expected: 15),
            Limits(source: 1, maximumPerToken: 0.4, expected: 10),
            Limits(source: 1, maximum: .max, expected: 1024),
            Limits(source: 900, maximum: .max, maximumPerToken: 1000, expected: 1024),
        ],
        [1, 3]
    )
    func endlessOutput_stopsAtTheMaximum(limits: Limits, beam: Int) async throws {
        #expect(try await lengths(limits, endBias: -1e4, beam: beam) == [limits.expected])
    }

    @Test(
        arguments: [
            Limits(source: 5, minimum: 6, expected: 6), Limits(source: 5, minimum: 1, expected: 1),
            Limits(source: 5, minimum: 0, expected: 0), Limits(source: 9, minimumPerToken: 1.5, expected: 15),
            Limits(source: 9, minimum: 20, minimumPerToken: 1.5, expected: 20),
            // The maximum goes before the minimum; the last token is then the end or any other.
            Limits(source: 9, maximum: 12, minimumPerToken: 5, expected: 12),
        ],
        [1, 3]
    )
    func hastyOutput_reachesTheMinimum(limits: Limits, beam: Int) async throws {
        #expect(try await lengths(limits, endBias: 1e4, beam: beam) == [limits.expected])
    }
}
