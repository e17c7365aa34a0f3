import Foundation

/// The models whose files the tests damage.
enum HostileModels {
    static let elementTypes: [RandomModelManifest.ElementType] = [.float32, .float16, .bfloat16, .int16, .int8]

    /// Real ones, as paths from the repository's root.
    static let transliteration = ["v1/f32", "v1/i16", "v2/f32", "v2/i16", "v2/i8"]
        .map { "Tests/Fixtures/transliteration-ar-en/\($0)" }
    static let starter = "Models/starter"

    /// A copy of a real model.
    static func copy(_ path: String) throws -> HostileFolder {
        try HostileFolder(copying: Golden.repository.appending(path: path))
    }

    /// Random models of the reference's making, one of each type of weights.
    static let random: [RandomModelManifest] = {
        let manifests = (try? Golden.random.get().models.map(\.manifest)) ?? []
        return elementTypes.compactMap { type in
            manifests.filter { $0.variables.contains { $0.type == type && $0.name.hasSuffix("weight") } }
                .min { $0.bytes < $1.bytes }
        }
    }()

    static func write(_ manifest: RandomModelManifest) throws -> HostileFolder {
        let folder = try HostileFolder()
        try RandomModelWriter.write(manifest, to: folder.url)
        return folder
    }
}
