import Foundation
import Inference

/// Engines for tests: packed weights go to a folder of this process, so that no test depends on the user's cache.
enum TestEngine {
    static let cacheFolder = FileManager.default.temporaryDirectory
        .appending(path: "dragoman-tests-\(ProcessInfo.processInfo.processIdentifier)").path

    static func model(_ directory: URL, _ compute: ComputeType) throws -> TransformerModel {
        var options = TransformerModel.Options(compute: compute)
        options.cacheFolder = cacheFolder
        return try TransformerModel(directory: directory.path, options: options)
    }

    static func make(_ directory: URL, _ compute: ComputeType, threads: Int = 1) throws -> InferenceEngine {
        try InferenceEngine(model: model(directory, compute), configuration: .init(threads: threads))
    }

    static var starter: URL { Golden.repository.appending(path: "Models/starter") }
}

extension DecodingOptions {
    /// The options of a golden case.
    init(_ golden: Golden.OptionsFile.Options, maximumLength: Int) {
        self.init()
        beamSize = golden.beamSize
        hypotheses = golden.numHypotheses ?? 1
        lengthPenalty = golden.lengthPenalty ?? 1
        coveragePenalty = golden.coveragePenalty ?? 0
        repetitionPenalty = golden.repetitionPenalty ?? 1
        noRepeatNgramSize = golden.noRepeatNgramSize ?? 0
        minimumLength = golden.minDecodingLength ?? 1
        self.maximumLength = golden.maxDecodingLength ?? maximumLength
        allowsUnknown = !(golden.disableUnk ?? false)
        returnsAttention = golden.returnAttention ?? false
    }
}

/// How far our hypotheses are from the reference's.
struct Agreement: CustomStringConvertible {
    var lines = 0
    var identical = 0
    /// Largest difference of scores among identical lines.
    var scoreError = 0.0
    var attentionError = 0.0

    mutating func add(_ ours: Hypothesis, _ reference: Golden.Hypothesis) {
        lines += 1
        guard ours.tokens.map(Int.init) == reference.tokens else { return }
        identical += 1
        scoreError = max(scoreError, abs(Double(ours.score) - reference.score))
        for (row, expected) in zip(ours.attention, reference.attention ?? []) {
            for (a, b) in zip(row, expected) { attentionError = max(attentionError, abs(Double(a) - b)) }
        }
    }

    var rate: Double { Double(identical) / Double(lines) }
    var description: String { "\(identical) of \(lines) identical, scores within \(scoreError)" }
}
