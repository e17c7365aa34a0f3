import Foundation
import Inference

/// Small models to run many requests on.
enum BatchModels {
    /// A tiny model and one of the reference's random ones, whose width of 72 fills no register evenly.
    static func load(_ name: String, _ compute: ComputeType) throws -> TransformerModel {
        var options = TransformerModel.Options(compute: compute)
        options.cacheFolder = nil
        let manifest = try Golden.random.get().models.map(\.manifest).first { $0.name == name }
        let folder = try manifest.map(HostileModels.write) ?? HostileFolder(ModelFile.tiny(.int8))
        // Packed weights live in private memory: the directory is gone when this returns.
        return try withExtendedLifetime(folder) { try TransformerModel(directory: folder.path, options: options) }
    }

    static let odd = "pre-relu-72-int8"

    /// Sources of 1 to 23 tokens.
    static func sources(_ count: Int, of model: TransformerModel, seed: UInt64 = 5) -> [[Int32]] {
        var generator = SeededGenerator(seed: seed)
        let ids = Int32(0)..<Int32(model.sourceVocabulary.count)
        return (0..<count).map { index in
            (0..<(1 + index * 7 % 23)).map { _ in Int32.random(in: ids, using: &generator) }
        }
    }

    /// Requests that take a worker long, by default the longest there is: whoever waits for many of them waits for
    /// minutes.
    static func endless(
        _ count: Int,
        of model: TransformerModel,
        length: Int? = nil,
        priority: Int = 0
    ) -> [GenerationRequest] {
        var options = DecodingOptions()
        options.beamSize = 32
        options.minimumLength = length ?? model.longestTarget
        options.maximumLength = options.minimumLength
        return Array(
            repeating: GenerationRequest(source: [3, 4, 5], options: options, priority: priority),
            count: count
        )
    }

    /// A request that takes no time.
    static func brief(priority: Int = 0) -> GenerationRequest {
        var options = DecodingOptions()
        options.maximumLength = 2
        return GenerationRequest(source: [3, 4], options: options, priority: priority)
    }
}
